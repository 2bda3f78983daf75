"""The code on a certificate is read by machines as the address that is printed beside it."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path
from random import Random

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from services.certificates.render import qr_svg, render
from tests.rules.certificates.sample import page
from tests.rules.certificates.test_looks import LAYOUTS

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HOSTS = (
    "http://127.0.0.1:8080",
    "https://certs.example.org",
    "https://a.very-long.example.edu:8443",
)


def addresses(count: int) -> list[str]:
    """Addresses such as are printed, always the same ones."""
    dice = Random(6)
    code = lambda: "-".join("".join(dice.choices(LETTERS, k=4)) for _ in range(4))  # noqa: E731
    return [f"{HOSTS[n % len(HOSTS)]}/verify/{code()}" for n in range(count)]


def drawn(svg: str) -> Image.Image:
    """Our SVG as pixels, six a module. It is one path of horizontal strokes, as segno writes it."""
    size = int(re.search(r'width="(\d+)"', svg)[1])
    path = re.search(r'd="([^"]*)"', svg)[1]
    image = Image.new("L", (size * 6, size * 6), 255)
    pen, x, y = ImageDraw.Draw(image), 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([^Mmhv]*)", path):
        given = [float(n) for n in re.findall(r"-?\d*\.?\d+", numbers)]
        if step == "M":
            x, y = given
        elif step == "m":
            x, y = x + given[0], y + given[1]
        else:
            left, top = round(x * 6), round((y - 0.5) * 6)
            pen.rectangle((left, top, round((x + given[0]) * 6) - 1, top + 5), fill=0)
            x += given[0]
    return image


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("url", addresses(60))
def test_the_code_of_any_address_is_read_as_that_address(url):
    assert read(drawn(qr_svg(url))) == [url]


def test_a_code_with_a_stroke_too_few_is_not_read_as_well():
    """So that this test can fail: what is drawn is what is read."""
    image = drawn(qr_svg(addresses(1)[0]))
    ImageDraw.Draw(image).rectangle((0, 0, image.width // 2, image.height // 2), fill=255)
    assert read(image) == []


@pytest.mark.extras
@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_code_on_a_printed_page_is_read_as_its_address(kind, tmp_path: Path):
    """150 dpi in grey: a plain office printer."""
    [url] = addresses(1)
    made = page(course={"layout": LAYOUTS[kind]}, verify_url=url)
    path = tmp_path / "page.pdf"
    path.write_bytes(render(made).pdf)
    shown = subprocess.run(
        ["pdftoppm", "-r", "150", "-gray", str(path)], capture_output=True, check=True, timeout=60
    )
    assert read(Image.open(io.BytesIO(shown.stdout))) == [url]
