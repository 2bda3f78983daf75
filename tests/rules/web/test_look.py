"""The style sheet's promises: readable in both schemes, and nothing fetched from elsewhere."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[3] / "services" / "web" / "static"
CSS = (STATIC / "site.css").read_text()


def colours(dark: bool) -> dict[str, str]:
    light_part, dark_part = CSS.split("@media (prefers-color-scheme: dark)", 1)
    found = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", light_part))
    return found | (dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", dark_part)) if dark else {})


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_text_is_readable_on_every_ground_in_both_schemes():
    for dark in (False, True):
        known = colours(dark)
        for ground in ("paper", "raised"):
            for ink in ("ink", "quiet", "anchor", "good", "attention", "bad"):
                assert contrast(known[ink], known[ground]) >= 4.5, (dark, ink, ground)
            assert contrast(known["field-line"], known[ground]) >= 3, (dark, ground)
        assert contrast(known["anchor"], known["line"]) >= 3  # when somebody was in a session
        assert contrast(known["on-anchor"], known["anchor"]) >= 4.5
        assert contrast(known["anchor"], known["anchor-wash"]) >= 4.5


def test_the_sheet_is_small_and_fetches_only_what_lies_beside_it():
    assert len(CSS) < 26_000
    for address in re.findall(r"url\(\"?([^)\"]+)", CSS):
        assert (STATIC / address).is_file(), address
    assert "@import" not in CSS


def test_vendored_files_are_those_that_were_noted():
    note = (STATIC / "vendor" / "VENDORED.md").read_text()
    noted = dict(re.findall(r"^\| `([^`]+)` \|[^|]+\| `([0-9a-f]{64})` \|$", note, re.MULTILINE))
    there = {
        str(path.relative_to(STATIC / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").glob("*/*")
    }
    assert there == noted
    assert len([name for name in there if name.endswith(".woff2")]) == 14


def test_no_letter_is_in_two_faces_of_a_weight_so_that_none_is_fetched_twice():
    known: dict[str, set[int]] = {}
    face = r'font-family: "([^"]+)"; font-weight: (\d+);.*?unicode-range: ([^;]*);'
    for family, weight, ranges in re.findall(face, CSS, re.DOTALL):
        seen = known.setdefault(f"{family} {weight}", set())
        for one in ranges.split(","):
            first, _, last = one.strip().removeprefix("U+").partition("-")
            letters = set(range(int(first, 16), int(last or first, 16) + 1))
            assert not letters & seen, (family, weight, one)
            seen |= letters
    assert sorted(known) == ["Inter 400", "Inter 600", "Source Serif 4 600"]
