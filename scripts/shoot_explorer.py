"""Takes the pictures of docs/explorer: every view of the pages, light and dark, of composed logs.

Needs Chromium and the packages of the extra `dev`.
"""

from __future__ import annotations

import os
import shutil
import sys
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
    "graph": ("log", "layer=29", ".graph svg .node", 0),
    "fleet": ("fleet", "row=0", ".trend-line svg", 0),
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
        fleet()
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for scheme in ("light", "dark"):
            for view, (page_name, fragment, wanted, scroll) in VIEWS.items():
                page = browser.new_page(viewport=SIZE, color_scheme=scheme)
                page.goto(f"{Path(f'{page_name}.html').resolve().as_uri()}#{fragment}")
                page.locator(wanted).first.wait_for()
                if view == "graph":
                    page.locator(".graph button", has_text="Whole engine").click()
                    page.locator(".graph .node.block").first.wait_for()
                    page.locator(".graph").scroll_into_view_if_needed()
                else:
                    page.evaluate("y => scrollTo(0, y)", scroll)
                page.wait_for_timeout(400)
                target = TARGET / f"{view}-{scheme}.png"
                page.screenshot(path=target)
                smaller(target)
                page.close()
        browser.close()
    print(f"{len(VIEWS) * 2} pictures in {TARGET}")


def fleet() -> None:
    """Write the page of a composed fleet: four models over 40 nights, three of which got slower or faster."""
    sys.path.insert(0, str(ROOT / "tests"))
    from compose.fleet import POINTWISE, STEM, Built, write

    from tacticlens.cli.app import main as command

    def slower(model: str, night: int) -> dict[str, float]:
        moved = {
            "detector": {STEM: 1.08} if night >= 22 else {},
            "encoder": {POINTWISE: 1.18} if night >= 31 else {},
            "segmenter": {STEM: 1.25} if night < 12 else {},
        }
        return moved.get(model, {})

    builds = [
        Built(model, night=night, slower=slower(model, night))
        for model in ("classifier", "detector", "encoder", "segmenter")
        for night in range(1, 41)
        if not (model == "encoder" and night < 9) and not (model == "detector" and night in {17, 18})
    ]
    manifest = write(builds, Path("logs"))
    command(["collect", "logs", "--manifest", str(manifest), "-o", "nightly"])
    command(["fleet", "nightly", "--format", "html", "-o", "fleet.html"])


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
