"""Takes the README's pictures of the main pages from a fresh demonstration (needs Playwright and a Chromium).

python tools/screenshots.py              into docs/screenshots
python tools/screenshots.py FOLDER       elsewhere, to look at
"""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))
from system import chrome

ROOT = Path(__file__).resolve().parent.parent
WIDE, NARROW = (1280, 900), (390, 844)
#: Longer pages are cut here, in CSS pixels.
TALLEST = {1280: 2000, 390: 1700}
MOST_BYTES = 200_000
START_SECONDS = 120.0
#: How long a board's advice takes, and a search until it can say how near it is, at most.
ADVICE_MS, SEARCH_MS = 3_000, 30_000
UUID = r"[0-9a-f-]{36}"


class Camera:
    """A browser on a running demonstration that keeps pictures in a folder."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self.browser, self.address, self.folder = browser, address, folder

    def sign_in(self, name: str, size: tuple[int, int] = WIDE, *, dark: bool = False) -> Page:
        """A page of someone who signed in by one click."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=1 if size == WIDE else 2,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        self.visit(page, "/sign-in")
        page.get_by_role("button", name=f"Sign in as {name}").click()
        page.wait_for_load_state("networkidle")
        return page

    def visit(self, page: Page, path: str) -> None:
        """Open a page and wait until it is whole. Raises RuntimeError when it cannot be had."""
        answer = page.goto(self.address + path, wait_until="networkidle")
        if answer is None or not answer.ok:
            raise RuntimeError(f"{path}: {answer.status if answer else 'no answer'}")

    def find(self, page: Page, pattern: str) -> str:
        """The first address on a page that fits a pattern. Raises LookupError."""
        links: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
        for link in links:
            if re.fullmatch(pattern, link):
                return link
        raise LookupError(f"{page.url} has no link like {pattern}")

    def take(self, page: Page, name: str) -> None:
        """Keep a picture of the page from its top."""
        width = page.viewport_size["width"] if page.viewport_size else WIDE[0]
        height = page.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST[width])}
        self.keep(page.screenshot(full_page=True, clip=clip), name)  # type: ignore[arg-type]

    def keep(self, picture: bytes, name: str) -> None:
        """Write a picture with as many colours as fit the size."""
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        for colours in (256, 128, 64, 32):
            small = io.BytesIO()
            image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
            if small.tell() <= MOST_BYTES:
                break
        (self.folder / f"{name}.png").write_bytes(small.getvalue())
        print(f"{name}.png  {image.width} x {image.height}, {small.tell() // 1000} kB, {colours} colours")


def member_pages(camera: Camera) -> None:
    """What Amara sees."""
    page = camera.sign_in("Amara Osei")
    camera.take(page, "member-home")
    camera.visit(page, "/this-week")
    camera.take(page, "week-page")
    camera.visit(page, "/my-circle")
    camera.take(page, "circle")
    circle = page.url
    camera.visit(page, circle.removeprefix(camera.address) + "/season")
    camera.take(page, "season")
    camera.visit(page, circle.removeprefix(camera.address) + "/poll")
    camera.take(page, "poll")
    camera.visit(page, "/sessions")
    camera.take(page, "my-sessions")
    camera.visit(page, "/profile/mails")
    camera.take(page, "mails")
    camera.visit(page, "/changes")
    camera.take(page, "my-changes")
    page.get_by_role("link", name="I show my draft when it is half done").first.click()
    page.wait_for_load_state("networkidle")
    camera.take(page, "practice-change")
    share_preview(camera, page)
    page = camera.sign_in("Amara Osei", NARROW)
    camera.take(page, "member-home-390")
    camera.visit(page, "/this-week")
    camera.take(page, "week-page-390")
    page = camera.sign_in("Amara Osei", dark=True)
    camera.take(page, "member-home-dark")


SENTENCES = {
    "I end every meeting with who does what by when.": "The Tuesday call is ten minutes shorter now.",
    "I show my draft when it is half done.": "Two people improved the supplier list before it was finished.",
}


def share_preview(camera: Camera, page: Page) -> None:
    """Two changes chosen for a manager, looked at and not sent."""
    camera.visit(page, "/changes/share")
    for change, sentence in SENTENCES.items():
        row = page.get_by_role("listitem").filter(has_text=change)
        row.get_by_role("checkbox").check()
        row.get_by_role("textbox").fill(sentence)
    page.get_by_label("What would help").fill(
        "A quarter of an hour with you on Mondays, to show plans that are not ready yet."
    )
    page.get_by_role("button", name="Look at the page").click()
    page.wait_for_load_state("networkidle")
    camera.take(page, "share-preview")


def manager_pages(camera: Camera) -> None:
    """What Ingrid sees, and her answers to enroll."""
    page = camera.sign_in("Ingrid Solberg")
    camera.take(page, "manager-home")
    camera.visit(page, "/pages")
    page.locator("main a[href^='/pages/']", has_text="Amara").first.click()
    page.wait_for_load_state("networkidle")
    camera.take(page, "manager-page")
    camera.visit(page, "/")
    enrollment = camera.find(page, rf"/enrollments/{UUID}.*")
    hours = re.match(rf"/enrollments/{UUID}", enrollment)
    camera.visit(page, f"{hours.group() if hours else enrollment}/hours")
    camera.take(page, "availability")
    page = camera.sign_in("Ingrid Solberg", NARROW)
    camera.visit(page, f"{hours.group() if hours else enrollment}/hours")
    camera.take(page, "availability-390")


def lead_pages(camera: Camera) -> None:
    """What Marcus sees: a cohort that runs, one that enrolls, and one that is being matched."""
    page = camera.sign_in("Marcus Adeyemi")
    running, enrolling, matching = cohorts(camera, page)
    camera.visit(page, running)
    camera.take(page, "cohort")
    camera.visit(page, running + "/mend")
    page.get_by_role("link", name="See what is possible").first.click()
    page.wait_for_load_state("networkidle")
    camera.take(page, "mend")
    camera.visit(page, running + "/report")
    camera.take(page, "cohort-report")
    report_pdf(camera, page)
    camera.visit(page, enrolling)
    camera.take(page, "enrolling")
    match_board(camera, page, matching)
    search(camera, page, matching)


def cohorts(camera: Camera, page: Page) -> tuple[str, str, str]:
    """The addresses of the cohort that runs, of the one that enrolls, and of the one with a draft to look over."""
    camera.visit(page, "/cohorts")
    links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
    found: dict[str, str] = {}
    for link in dict.fromkeys(link for link in links if re.fullmatch(rf"/cohorts/{UUID}", link)):
        camera.visit(page, link)
        runs, matched = page.url.endswith("/now"), page.get_by_role("link", name="Review the match").count()
        found["runs" if runs else "matched" if matched else "enrolls"] = link
    return found["runs"], found["enrolls"], found["matched"]


def report_pdf(camera: Camera, page: Page) -> None:
    """The report's first page on paper, made by the worker."""
    page.get_by_role("button", name="PDF").first.click()
    page.wait_for_load_state("networkidle")
    link = page.locator("a[href*='/file']").first
    link.wait_for(timeout=60_000)
    answer = page.request.get(camera.address + str(link.get_attribute("href")))
    first = pypdfium2.PdfDocument(answer.body())[0]
    picture = io.BytesIO()
    first.render(scale=1.4).to_pil().save(picture, "PNG")
    camera.keep(picture.getvalue(), "cohort-report-pdf")


def match_board(camera: Camera, page: Page, cohort: str) -> None:
    """The draft, with what would help the first circle that stands out, which comes a little later."""
    camera.visit(page, f"{cohort}/match")
    page.wait_for_timeout(ADVICE_MS)
    camera.take(page, "match-board")


def search(camera: Camera, page: Page, cohort: str) -> None:
    """A search under way, once it knows how near it is; a machine that is too busy for that fails here."""
    camera.visit(page, f"{cohort}/match")
    page.get_by_role("button", name="Search again").last.click()
    page.get_by_text("of the best possible").wait_for(timeout=SEARCH_MS)
    page.get_by_role("button", name="Stop and use this").wait_for()
    camera.take(page, "search")


@contextmanager
def demonstration() -> Iterator[str]:
    """A fresh demonstration on a free port of this machine; its address."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="coterie-pictures") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COTERIE_")}
        environment |= {"COTERIE_DATA_DIR": folder, "HOST": "127.0.0.1", "PORT": str(port)}
        command = [sys.executable, "-m", "app", "demo"]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
            try:
                wait_for(server, port)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the demonstration answers. Raises RuntimeError when it ended or takes too long."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the demonstration did not start")


def main(arguments: list[str]) -> int:
    """Take every picture and return the exit status."""
    folder = Path(arguments[0]) if arguments else ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome.ensure(), args=["--no-sandbox"])
        camera = Camera(browser, address, folder)
        failed = 0
        for pages in (member_pages, manager_pages, lead_pages):
            try:
                pages(camera)
            except Exception as error:
                failed += 1
                print(f"{pages.__name__}: {error}", file=sys.stderr)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
