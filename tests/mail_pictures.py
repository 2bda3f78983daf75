"""The pictures of docs/messages.md: mails on a phone, from the samples: `make pictures` (needs
Chromium).

python -m tests.mail_pictures [FOLDER] [all]
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from services.notifications.api.sample_letters import sample_post
from services.notifications.commands.case import Sender
from services.notifications.envelope import letter_of
from services.notifications.letters import names
from tests.pages.browser import Browser, browser

FOLDER = Path(__file__).parents[1] / "docs" / "images" / "mails"
FONTS = Path(__file__).parents[1] / "services" / "web" / "static" / "vendor"
_FACES = (("Inter", "inter/inter"), ("Source Serif 4", "source-serif-4/source-serif-4"))
_PARTS = (("latin", "U+0000-00FF, U+2000-206F"), ("latin-ext", "U+0100-02AF"))
SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
LOCALES = {"en": "en-US", "de": "de-DE", "es": "es-ES"}
PHONE, DESK = (360, 740), (1024, 768)
# The five that matter most: file, template, language, scheme.
SHOWN = (
    ("confirmed", "registration_confirmed", "en", "light"),
    ("join", "join_1h", "en", "light"),
    ("offer", "offer", "en", "dark"),
    ("settled", "cancellation_settled", "en", "light"),
    ("certificate", "certificate_ready", "en", "light"),
)
COLOURS = 48


def page_of(template: str, language: str) -> str:
    """The HTML of a sample's letter."""
    return letter_of(sample_post(template, None, LOCALES[language]), SENDER).html


def dressed(page: str) -> str:
    """The same with the typefaces of the pages, which a reader's phone may lack or have."""
    faces = [
        f"@font-face {{ font-family: '{name}'; font-weight: {weight}; unicode-range: {which};"
        f" src: url('{(FONTS / f'{file}-{part}-{weight}-normal.woff2').as_uri()}'); }}"
        for name, file in _FACES
        for part, which in _PARTS
        for weight in (400, 600)
    ]
    return page.replace("</head>", f"<style>{''.join(faces)}</style></head>")


def show(tab: Browser, page: str, size: tuple[int, int], scheme: str, folder: Path) -> None:
    """Open it as a mail reader would: at that size, light or dark."""
    file = folder / "mail.html"
    file.write_text(page)
    tab.size(*size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.do("Emulation.setEmulatedMedia", media="screen", features=features)
    tab.go(file.as_uri())


def every() -> Iterator[tuple[str, str, str, tuple[int, int], str]]:
    """(file, template, language, size, scheme) of every mail in every way."""
    for template in sorted(names()):
        for language in LOCALES:
            for size in (PHONE, DESK):
                for scheme in ("light", "dark"):
                    name = f"{template}-{language}-{size[0]}-{scheme}"
                    yield name, template, language, size, scheme


def main(folder: Path = FOLDER, which: str = "") -> None:
    """Make them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = every() if which == "all" else ((n, t, g, PHONE, s) for n, t, g, s in SHOWN)
    with TemporaryDirectory() as aside, browser(Path(aside) / "profile") as tab:
        for name, template, language, size, scheme in wanted:
            show(tab, dressed(page_of(template, language)), size, scheme, Path(aside))
            tab.do("Runtime.evaluate", expression="document.fonts.ready", awaitPromise=True)
            path = folder / f"{name}.png"
            tab.picture(path)
            out = io.BytesIO()
            Image.open(path).quantize(COLOURS).save(out, "png", optimize=True)
            path.write_bytes(out.getvalue())
            print(f"  {name}.png  {len(out.getvalue()) // 1024} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]), *sys.argv[2:3])
