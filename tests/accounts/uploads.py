"""Builds the body of an upload in memory, as a browser sends it."""

from __future__ import annotations

from typing import Any

BOUNDARY = "a-line-that-stands-in-no-file"


def multipart(field: str, name: str, content: bytes, /, **fields: str) -> dict[str, Any]:
    """What `client.post` needs to send one file and some plain fields."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    parts.append(f"--{BOUNDARY}--\r\n".encode())
    return {"data": b"".join(parts), "content_type": f"multipart/form-data; boundary={BOUNDARY}"}
