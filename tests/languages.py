"""Bring the catalogues up to date with what the code and the templates say (`make languages`).

    python -m tests.languages [fr ...]

Sentences that are new stand there without a translation, those that nobody says any more are taken
out, and nothing is guessed. With the names of languages: they are begun.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from shared.languages import CATALOGUES

ROOT = Path(__file__).parent.parent
ROOMS = ("services/notifications", "services/web", "shared/contracts")
_METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2.ext.babel_extract")]
_KEYWORDS = {
    "say": None,
    "say_n": (1, 2),
    "marked": None,
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_OPTIONS = {"**/templates/**.*": {"trimmed": "true", "newstyle_gettext": "true"}}


def extracted() -> Catalog:
    """Every sentence that is said in more than one language, and where."""
    catalogue = Catalog(project="Holdfast", charset="utf-8")
    for room in ROOMS:
        found = extract_from_dir(
            ROOT / room,
            method_map=_METHODS,
            options_map=_OPTIONS,
            keywords=_KEYWORDS,
            comment_tags=["L10N:"],
            strip_comment_tags=True,
        )
        for name, _, message, comments, context in found:
            catalogue.add(
                message, None, [(f"{room}/{name}", 0)], auto_comments=comments, context=context
            )
    return catalogue


def read(path: Path) -> Catalog:
    """A catalogue as it is kept."""
    return read_po(BytesIO(path.read_bytes()), locale=path.stem)


_HEADER = """\
# {name}: what Holdfast says. English is in the code; `make languages` brings this up to date.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""


def written(catalogue: Catalog) -> bytes:
    """The bytes of a catalogue: no dates, no lines' numbers, sentences in the order of their
    words, so that what two people add seldom meets."""
    out = BytesIO()
    write_po(
        out,
        catalogue,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        width=100,
        include_lineno=False,
    )
    assert catalogue.locale is not None
    header = _HEADER.format(
        name=catalogue.locale.english_name,
        language=catalogue.locale,
        plural=catalogue.plural_forms,
    )
    return header.encode() + out.getvalue().strip() + b"\n"


def up_to_date(path: Path) -> bytes:
    """What the file of a language ought to hold."""
    kept = read(path) if path.exists() else Catalog(locale=path.stem)
    kept.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    return written(kept)


def main() -> None:
    """Write every catalogue anew, and say what is still to be translated."""
    begun = [CATALOGUES / f"{name}.po" for name in sys.argv[1:]]
    for path in sorted({*CATALOGUES.glob("*.po"), *begun}):
        path.write_bytes(up_to_date(path))
        empty = [m for m in read(path) if m.id and not _said(m.string)]
        print(f"{path.relative_to(ROOT)}: {len(empty)} to be translated")


def _said(string: object) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


if __name__ == "__main__":
    main()
