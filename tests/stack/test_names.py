"""The services have one list of names; what cannot import it names the same ones."""

import re

import yaml

from shared.contracts.services import SERVICES
from stack.images import version
from stack.profile import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DATABASES = (ROOT / "stack" / "compose" / "databases.sh").read_text()
CADDYFILE = (ROOT / "stack" / "Caddyfile").read_text()


def test_there_is_a_directory_of_every_service_and_no_other():
    made = {app.parent.name for app in (ROOT / "services").glob("*/app.py")}
    assert made == set(SERVICES)


def test_compose_runs_every_service_and_no_other():
    built = {
        name: one["build"]["args"]["SERVICE"]
        for name, one in COMPOSE.items()
        if one.get("image", "").partition(":")[0] == f"holdfast-{name}" and name != "tools"
    }
    assert built == {name: name for name in SERVICES}


def test_in_compose_images_are_tagged_with_their_release_and_processes_say_it():
    """So those of the release before stay there, to go back to."""
    tag = f"${{HOLDFAST_VERSION:-{version()}}}"
    ours = {
        name: one for name, one in COMPOSE.items() if one.get("image", "").startswith("holdfast-")
    }
    assert {one["image"].partition(":")[2] for one in ours.values()} == {tag}
    built = {name: one["build"]["args"] for name, one in ours.items() if "build" in one}
    assert set(built) == {*SERVICES, "secrets", "tools"}
    assert {one["VERSION"] for one in built.values()} == {tag}
    assert {one["REVISION"] for one in built.values()} == {"${HOLDFAST_REVISION:-unknown}"}
    page = (ROOT / "docs" / "settings.md").read_text().splitlines()
    [row] = [line for line in page if line.startswith("| `HOLDFAST_VERSION` ")]
    assert row.endswith(f" else `{version()}` |")


def test_in_compose_as_many_processes_fit_as_the_example_says():
    """Of Postgres' connections three are its administrator's; a process takes up to 11."""
    command = " ".join(COMPOSE["postgres"]["command"])
    connections = int(re.findall(r"max_connections=(\d+)", command)[0])
    most = (connections - 3) // 11
    assert (connections, most) == (200, 17)
    example = (ROOT / ".env.example").read_text()
    assert "up to 11 of Postgres' 200 connections" in example
    assert "seventeen processes in all" in example.replace("\n# ", " ")
    for name in SERVICES:
        assert COMPOSE[name]["scale"] == f"${{{name.upper()}_PROCESSES:-1}}"
        assert f"# {name.upper()}_PROCESSES=1\n" in example


def test_in_compose_every_service_is_migrated_and_told_of_its_own_database():
    migrations = COMPOSE["migrations"]
    assert migrations["command"] == ["python3", "-m", "stack.migrate", *SERVICES]
    told = {name for name in migrations["environment"] if name.endswith("_DATABASE_URL")}
    assert told == {f"{name.upper()}_DATABASE_URL" for name in SERVICES}
    for name in SERVICES:
        url = COMPOSE[name]["environment"][f"{name.upper()}_DATABASE_URL"]
        assert url == migrations["environment"][f"{name.upper()}_DATABASE_URL"]
        assert url.startswith(f"postgresql://{name}:")
        assert url.endswith(f"@postgres/{name}")


def test_in_compose_the_front_door_waits_for_every_service_and_knows_where_it_is():
    door = COMPOSE["front-door"]
    assert set(door["depends_on"]) == set(SERVICES)
    ups = {name: at for name, at in door["environment"].items() if name.endswith("_UPSTREAM")}
    assert ups == {f"{name.upper()}_UPSTREAM": f"{name}:8000" for name in SERVICES} | {
        "PAYSIM_UPSTREAM": "paysim:8110"
    }


def test_postgres_makes_a_database_for_every_service_and_no_other():
    listed = re.search(r"^for service in (.+); do$", DATABASES, re.MULTILINE)
    assert listed is not None
    assert tuple(listed[1].split()) == SERVICES


def test_the_front_door_leads_to_every_service():
    named = set(re.findall(r"\{\$([A-Z]+)_UPSTREAM", CADDYFILE))
    assert named == {name.upper() for name in SERVICES} | {"PAYSIM"}
