"""Takes the pictures of docs/explorer: every view of the pages, light and dark, of composed logs.

Needs Chromium and the packages of the extra `dev`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "explorer"
SIZE = {"width": 1280, "height": 860}
PAIR = ("resnet50-fp32.log", "resnet50-fp16.log")
ROW = "[role=grid] .rows [role=row]"
VIEWS = {
    "engine": ("log", "", ROW, 0),
    "layer": ("log", "layer=37", ".graph svg .node", 470),
    "build-time": ("log", "view=build-time", ".slab", 0),
    "log": ("log", "view=facts&line=900", ".log-line", 0),
    "diff": ("diff", "", ROW, 0),
    "change": ("diff", "change=0", ".side-by-side .dots svg", 330),
    "matrix": ("matrix", "row=0", ".change", 0),
    "no-engine": ("old", "", ROW, 0),
}
"""Name -> page, fragment, what to wait for, how far to scroll."""


def main() -> None:
    from playwright.sync_api import sync_playwright

    from tacticlens.cli.app import main as command

    TARGET.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        os.chdir(name)
        for precision in ("fp32", "fp16"):
            shutil.copy(ROOT / "examples" / "resnet50" / f"{precision}.log", f"resnet50-{precision}.log")
        shutil.copy(ROOT / "tests" / "fixtures" / "composed" / "trt5.log", "caffe.log")
        command(["report", "resnet50-fp16.log", "-o", "log.html"])
        command(["report", "caffe.log", "-o", "old.html"])
        command(["diff", *PAIR, "--format", "html", "-o", "diff.html"])
        command(["diff", *PAIR, PAIR[0], "--format", "html", "-o", "matrix.html"])
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for scheme in ("light", "dark"):
            for view, (page_name, fragment, wanted, scroll) in VIEWS.items():
                page = browser.new_page(viewport=SIZE, color_scheme=scheme)
                page.goto(f"{Path(f'{page_name}.html').resolve().as_uri()}#{fragment}")
                page.locator(wanted).first.wait_for()
                page.evaluate("y => scrollTo(0, y)", scroll)
                page.wait_for_timeout(400)
                target = TARGET / f"{view}-{scheme}.png"
                page.screenshot(path=target)
                smaller(target)
                page.close()
        browser.close()
    print(f"{len(VIEWS) * 2} pictures in {TARGET}")


def smaller(picture: Path) -> None:
    """Keep 128 colours: the pictures are flat, and the repository stays small."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(picture) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


if __name__ == "__main__":
    main()
