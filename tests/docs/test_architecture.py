"""The picture of the architecture shows what the code says, and is the one that is committed."""

from __future__ import annotations

import ast
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from shared.contracts.flow import TASKS, in_words, lanes
from shared.contracts.picture import FILES, IMAGES, drawn
from shared.contracts.services import SERVICES
from tests.docs.blocks import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", FILES)
def test_the_picture_is_of_today(name):
    assert (IMAGES / name).read_text() == drawn(FILES[name]), "make docs"


def test_who_says_and_hears_what_is_as_the_design_has_it():
    found = {lane.topic: (sorted(lane.says), sorted(lane.hears)) for lane in lanes()}
    assert len(found) == 12
    assert found["partners.inbound"] == (["partners"], ["attendance", "registration"])
    assert found["notifications.messages"] == (["notifications"], ["partners"])
    assert found["billing.credits"] == (
        ["billing"],
        ["notifications", "partners", "registration"],
    )
    assert found["partners.keys"] == (["partners"], sorted(SERVICES))
    assert found[TASKS] == (sorted(SERVICES), ["notifications"])
    assert "partners.inbound: said by partners, heard by registration, attendance." in in_words()


@pytest.mark.parametrize("name", FILES)
def test_each_mark_stands_where_a_service_meets_a_topic(name):
    root = ET.fromstring(drawn(FILES[name]))
    texts = {one.text: one for one in root.iter(f"{SVG}text")}
    columns = {service: float(texts[service].get("x", "")) for service in SERVICES}
    marks: dict[tuple[float, float], set[str]] = {}
    for one in root.iter(f"{SVG}circle"):
        place = float(one.get("cx", "")), float(one.get("cy", ""))
        marks.setdefault(place, set()).add(one.get("class", ""))
    lines = [
        float(one.get("y1", "")) for one in root.iter(f"{SVG}line") if one.get("class") == "lane"
    ]
    inbound, keys = lines[10], lines[2]
    there = {service: marks.get((x, inbound), set()) for service, x in columns.items()}
    assert there == {
        "registration": {"hears"}, "billing": set(), "attendance": {"hears"},
        "certificates": set(), "notifications": set(), "partners": {"says"}, "web": set(),
    }  # fmt: skip
    assert marks[columns["partners"], keys] == {"says", "hears"}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_loaded_and_nothing_is_smaller_than_can_be_read(name):
    drawing = drawn(FILES[name])
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    sizes = [float(one.get("font-size", "")) for one in ET.fromstring(drawing).iter(f"{SVG}text")]
    assert min(sizes) >= 10.5
    # On a phone the drawing is shown at its own size, so its type is what stands in it.
    assert FILES["architecture-phone.svg"].width <= 360


def test_a_service_says_only_what_is_its_own():
    """What `says` rests on: an event that a service emits is one of its own contracts."""
    emitted: dict[str, set[str]] = {}
    for service in SERVICES:
        for path in sorted((ROOT / "services" / service).rglob("*.py")):
            emitted.setdefault(service, set()).update(_owners_of_emitted(path))
    assert emitted["billing"] == {"billing"}
    assert emitted.pop("web") == set()
    assert {service: {service} for service in emitted} == emitted


def _owners_of_emitted(path: Path) -> set[str]:
    """The modules of contracts from which `….emit(Event(…))` of a file takes its events."""
    tree = ast.parse(path.read_text())
    owners = {
        each.asname or each.name: str(one.module).removeprefix("shared.contracts.")
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("shared.contracts.")
        for each in one.names
    }
    found = set()
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            given = one.args[0] if one.func.attr == "emit" and one.args else None
            if isinstance(given, ast.Call) and isinstance(given.func, ast.Name):
                found |= {owners[name] for name in [given.func.id] if name in owners}
    return found
