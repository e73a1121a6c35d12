"""Reads an uploaded picture and makes a small, clean one of it: bytes in, bytes out."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import N_, InvalidInput, TooLarge

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
AVATAR_SIDE = 256
LOGO_BOX = (480, 160)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was made here, so that nothing of the uploaded file is in it."""

    content: bytes
    content_type: str


def avatar(content: bytes) -> Picture:
    """The middle square of a picture at 256 px, as JPEG. Raises InvalidInput or TooLarge for the field "picture"."""
    image = _opened(content)
    square = ImageOps.fit(image, (AVATAR_SIDE, AVATAR_SIDE), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", square.size, "#ffffff")
    plain.paste(square, mask=square.getchannel("A"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=88, optimize=True)
    return Picture(out.getvalue(), "image/jpeg")


def logo(content: bytes) -> Picture:
    """A picture that fits 480 by 160 px, as PNG with its transparency. Raises like `avatar`."""
    image = _opened(content)
    image.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), "image/png")


def _opened(content: bytes) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise TooLarge(N_("This picture is larger than %(limit)s MB. Choose a smaller one."), limit=MAX_BYTES >> 20)
    if not content:
        raise InvalidInput(N_("Choose a picture first."), field="picture")
    try:
        with warnings.catch_warnings():
            # Pillow warns of decompression bombs before ours is reached; both are answered below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise TooLarge(
                        N_("This picture has more than %(limit)s million pixels. Choose a smaller one."),
                        limit=MAX_PIXELS // 1_000_000,
                    )
                image.load()
                return ImageOps.exif_transpose(image).convert("RGBA")
    except Image.DecompressionBombError:
        raise TooLarge(
            N_("This picture has more than %(limit)s million pixels. Choose a smaller one."),
            limit=MAX_PIXELS // 1_000_000,
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise InvalidInput(
            N_("This file cannot be read as a picture. Choose a PNG, JPEG, WebP or GIF file."), field="picture"
        ) from None
