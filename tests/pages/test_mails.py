"""Mails as a phone and a desk show them, light and dark, in every language (needs Chromium)."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from services.notifications.letters import names
from tests.mail_pictures import DESK, LOCALES, PHONE, page_of, show
from tests.pages.browser import Browser

pytestmark = pytest.mark.extras

# What is seen: every text with its colour, the ground it stands on, and how large it is; links that
# look like buttons; what is wider than the screen. Computed by the browser, not by the style.
LOOK = """
(() => {
  const rgb = (said) => said.match(/[\\d.]+/g).map(Number);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(one).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest(".preview")) continue;
    const style = getComputedStyle(parent);
    texts.push({ said: node.textContent.trim(), ink: rgb(style.color).slice(0, 3),
                 ground: ground(parent), size: parseFloat(style.fontSize) });
  }
  const box = (one) => one.getBoundingClientRect();
  return JSON.stringify({
    texts,
    buttons: [...document.querySelectorAll(".act a")].map((a) => box(a).height),
    wide: document.documentElement.scrollWidth,
    out: [...document.body.querySelectorAll("*")].filter((one) => box(one).right > innerWidth + 1)
      .map((one) => one.outerHTML.slice(0, 120)),
    preview: document.querySelector(".preview").textContent.trim(),
    hidden: getComputedStyle(document.querySelector(".preview")).display,
    pictures: document.images.length,
    scripts: document.scripts.length,
    lang: document.documentElement.lang,
  });
})()
"""


def luminance(colour: list[float]) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_the_guideline_does() -> None:
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast([0x77] * 3, [255] * 3) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("template", sorted(names()))
def test_a_mail_fits_is_read_and_is_touched(tab: Browser, tmp_path: Path, template: str) -> None:
    for language in LOCALES:
        page = page_of(template, language)
        for size, scheme in product((PHONE, DESK), ("light", "dark")):
            show(tab, page, size, scheme, tmp_path)
            seen: dict[str, Any] = json.loads(tab.js(LOOK))
            where = (template, language, size[0], scheme)
            assert seen["wide"] <= size[0], where
            assert seen["out"] == [], where
            weak = [one for one in seen["texts"] if contrast(one["ink"], one["ground"]) < 4.5]
            assert weak == [], where
            assert min(one["size"] for one in seen["texts"]) >= 13, where
            assert all(height >= 44 for height in seen["buttons"]), where
            dark = luminance(seen["texts"][0]["ground"]) < 0.2
            assert dark is (scheme == "dark"), where
            assert (seen["pictures"], seen["scripts"]) == (0, 0)
            assert (seen["hidden"], seen["lang"]) == ("none", language)
            assert 10 <= len(seen["preview"]) <= 200, seen["preview"]
