"""An image's bill of materials names what its lock pins, with hashes and licences, by the schema."""

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from stack import bill as bills
from stack.profile import ROOT


@pytest.fixture(scope="module")
def partners() -> dict[str, Any]:
    return bills.bill("holdfast-partners", "1.2.3", "abc", "partners")


def pinned() -> dict[str, list[str]]:
    """name==version → its hashes, of the lock of partners."""
    text = (ROOT / "requirements" / "images" / "partners.txt").read_text()
    each = re.split(r"\n(?=[a-z])", text)[1:]
    return {
        re.split(r"[ \\]", re.sub(r"\[.*?\]", "", one))[0]: re.findall(r"sha256:(\w+)", one)
        for one in each
    }


def test_each_package_of_the_lock_is_in_it_with_its_version_and_hashes_and_no_other(
    partners: dict[str, Any],
) -> None:
    listed = {
        f"{one['name']}=={one['version']}": sorted(
            hashed["content"]
            for where in one["externalReferences"]
            for hashed in where.get("hashes", [])
        )
        for one in partners["components"]
    }
    assert len(listed) > 30
    assert listed == {name: sorted(hashes) for name, hashes in pinned().items()}
    names = {one["name"] for one in partners["components"]}
    assert "aiokafka" in names
    assert names & {"typst", "stripe", "pytest", "cyclonedx-bom"} == set()


def test_each_says_by_which_licence_it_may_be_used(partners: dict[str, Any]) -> None:
    said = {one["name"]: one.get("licenses") for one in partners["components"]}
    # (protobuf says it in its file LICENSE alone)
    assert [name for name, licences in said.items() if not licences] == ["protobuf"]
    [of_fastapi] = said["fastapi"]
    assert of_fastapi["license"]["id"] == "MIT"


def test_it_says_which_image_it_is_of_and_what_needs_what(partners: dict[str, Any]) -> None:
    image = partners["metadata"]["component"]
    assert (image["type"], image["name"], image["version"]) == (
        "container", "holdfast-partners", "1.2.3",
    )  # fmt: skip
    assert image["properties"] == [{"name": "org.opencontainers.image.revision", "value": "abc"}]
    refs = {one["name"]: one["bom-ref"] for one in partners["components"]}
    needs = {one["ref"]: set(one["dependsOn"]) for one in partners["dependencies"]}
    assert needs["holdfast-partners"] == set(refs.values())
    assert {refs["starlette"], refs["pydantic"]} <= needs[refs["fastapi"]]
    assert needs[refs["typing-extensions"]] == set()


def test_it_is_valid_by_its_schema_and_the_validator_can_say_no(partners: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(partners)) is None
    wrong = partners | {"components": [{"type": "library"}]}
    assert validator.validate_str(json.dumps(wrong)) is not None


def test_what_is_not_installed_here_is_listed_without_a_licence_and_another_version_is_not_it() -> (
    None
):
    def one(name: str, version: str, **more: Any) -> dict[str, Any]:
        ref = f"{name}-ref"
        return {"name": name, "purl": f"pkg:pypi/{name}@{version}", "bom-ref": ref} | more

    mit = [{"license": {"id": "MIT"}}]
    locked = {"components": [one("a", "1"), one("b", "1", description="line 3"), one("c", "1")]}
    there = [one("a", "1", licenses=mit), one("b", "2", licenses=mit), one("z", "1", licenses=mit)]
    depends = [{"ref": "a-ref", "dependsOn": ["b-ref", "z-ref"]}, {"ref": "z-ref"}]
    made = bills.merged(locked, {"components": there, "dependencies": depends})
    assert [(each["name"], each.get("licenses")) for each in made["components"]] == [
        ("a", mit), ("b", None), ("c", None),
    ]  # fmt: skip
    assert "description" not in made["components"][1]
    assert {each["ref"]: each["dependsOn"] for each in made["dependencies"]} == {
        "a-ref": [], "b-ref": [], "c-ref": [],
    }  # fmt: skip


def test_where_the_tool_fails_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills.sys, "executable", "/bin/false")
    with pytest.raises(bills.Trouble, match=r"(?s)No bill of materials.*make setup-dev"):
        bills.bill("x", "1", "abc", "partners")
