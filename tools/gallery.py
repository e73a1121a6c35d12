"""Shows every piece of the look with sample data on a loopback address, or takes pictures of it.

python tools/gallery.py                      serve at http://127.0.0.1:8099/
python tools/gallery.py --pictures FOLDER    wide, narrow and dark pictures (needs Playwright and a Chromium)
"""

from __future__ import annotations

import argparse
import secrets
import threading
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import FlaskForm
from werkzeug.serving import make_server
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app import figures

ROOT = Path(__file__).resolve().parent.parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)

PEOPLE = [
    figures.RingMember("Amara Osei", "AO", "coming"),
    figures.RingMember("Tomás Rivera", "TR", "coming"),
    figures.RingMember("Linh Pham", "LP", "coming"),
    figures.RingMember("Jonas Weber", "JW", "no_answer"),
    figures.RingMember("Priya Nair", "PN", "coming"),
]
WEEKS = ["held"] * 4 + ["now"] + ["ahead"] * 7
INITIALS = ("AO", "TR", "LP", "JW", "PN", "KN", "HK", "DC", "GM", "ON", "LF", "NL")


def crowd(count: int, flagged: str = "") -> list[figures.RingMember]:
    """Some people whose names are their initials."""
    return [figures.RingMember(name, name, "remark" if name == flagged else "plain") for name in INITIALS[:count]]


class SampleForm(FlaskForm):  # type: ignore[misc]
    """One field of each kind; the first is always wrong."""

    moment = StringField("When do you do it?", validators=[InputRequired("Write the moment that starts it.")])
    place = SelectField(
        "Where do you work?", choices=[SelectChoice("lisbon", "Lisbon"), SelectChoice("berlin", "Berlin")]
    )
    words = TextAreaField("What keeps you up at night at work?", description="Your program lead reads this.")
    rhythm = RadioField(
        "How often does the circle meet?",
        choices=[SelectChoice("w", "Every week"), SelectChoice("f", "Every two weeks")],
    )
    host = BooleanField("I am glad to host first")


def create_gallery() -> Flask:
    """An application with the gallery's pages and the endpoints that the frame links to."""
    gallery = Flask("gallery", root_path=str(ROOT), template_folder="templates", static_folder="app/static")
    gallery.jinja_loader.searchpath.append(str(ROOT / "tools" / "gallery"))  # type: ignore[union-attr]
    gallery.config.update(SECRET_KEY=secrets.token_hex(), WTF_CSRF_ENABLED=True)
    Babel(gallery)
    gallery.jinja_env.trim_blocks = gallery.jinja_env.lstrip_blocks = True
    gallery.jinja_env.globals.update(figures=figures, csrf_token=lambda: "sample")
    gallery.context_processor(context)

    def page(name: str) -> ResponseReturnValue:
        form = SampleForm(meta={"csrf": False})
        form.validate()
        return render_template(f"{name}.html", form=form, people=PEOPLE, weeks=WEEKS, crowd=crowd)

    def elsewhere() -> ResponseReturnValue:
        return redirect(url_for("page", name="pieces"))

    gallery.add_url_rule("/<any(pieces, home, week, availability, board, progress):name>", "page", page)
    gallery.add_url_rule("/", "pages.home", elsewhere)
    for endpoint in ("pages.who_can_see_what", "pages.help", "accounts.profile"):
        gallery.add_url_rule(f"/{endpoint}", endpoint, elsewhere)
    gallery.add_url_rule("/sign-out", "accounts.sign_out", elsewhere, methods=["POST"])
    gallery.add_url_rule("/post", "post", elsewhere, methods=["POST"])

    @gallery.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return gallery


def context() -> dict[str, object]:
    """What the application gives every page."""
    labels = ("Home", "This week", "My circle", "My changes")
    return {
        "current_user": SimpleNamespace(name="Amara Osei", initials="AO", avatar_url=None, is_authenticated=True),
        "organization": None,
        "nav": [SimpleNamespace(label=label, url="#", current=label == "Home") for label in labels],
        "theme": request.args.get("theme"),
    }


def take_pictures(address: str, folder: Path) -> None:
    """Write one picture for each page, width and theme."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width, theme in ((1280, "light"), (390, "light"), (1280, "dark")):
            tab = browser.new_page(viewport={"width": width, "height": 900})
            tab.on("console", lambda message: print("console:", message.text))
            for name in ("pieces", "home", "week", "availability", "board"):
                tab.goto(f"{address}/{name}?theme={theme}", wait_until="networkidle")
                tab.screenshot(path=str(folder / f"{name}-{width}-{theme}.png"), full_page=True)
                over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
                if over > 0:
                    print(f"{name} at {width} is {over} px too wide")
        browser.close()


def main() -> None:
    """Serve, or take the pictures and end."""
    parser = argparse.ArgumentParser(description="The pieces of the look, with sample data.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    server = make_server("127.0.0.1", options.port, create_gallery(), threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    if options.pictures is None:
        print(f"Gallery: {address}/pieces", flush=True)
        server.serve_forever()
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()
    take_pictures(address, options.pictures)
    server.shutdown()


if __name__ == "__main__":
    main()
