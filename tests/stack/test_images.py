"""An image holds what its service imports, and nothing else: packages, code, rights."""

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from shared.contracts.services import SERVICES
from stack import images
from stack.profile import ROOT
from stack.trouble import Trouble

REQUIREMENTS = ROOT / "requirements"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {"services", "shared", "stack", "cli"}
# What is needed, and imported by no line of ours: by whom it is.
UNSEEN = {
    "httptools": "uvicorn, told so by shared/runtime/serving.py",
    "opentelemetry-exporter-otlp-proto-http": "shared/runtime/tracing.py, where traces are wanted",
    "opentelemetry-sdk": "shared/runtime/tracing.py, where traces are wanted",
    "python-multipart": "fastapi, for forms",
    "sniffio": "httpcore, which looks for it at each request",
    "tzdata": "zoneinfo: a slim image has no zones",
    "uvloop": "uvicorn, told so by shared/runtime/serving.py",
}
# What the compose file runs of the image of the stack.
RUN_ONCE = {"stack.laptop", "stack.topics", "stack.migrate", "stack.clock", "stack.paysim"}
# Commands that read Kafka or the databases themselves: those that the image of the tools is for.
TYPED = {
    f"cli.{name}"
    for name in (
        "main", "audit", "dead_letters", "invariants", "lag", "rebuild", "reconcile", "replay",
        "restored", "streams", "tasks",
    )
}  # fmt: skip
BESIDE = ("stack", "tools")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*sorted(OURS), include_external_packages=True, cache_dir=None)


def of_the_image(graph: grimp.ImportGraph, image: str) -> set[str]:
    """The modules that a process of the image may come to import, wherever the import stands."""
    if image == "stack":
        own = RUN_ONCE | graph.find_descendants("stack.paysim")
        own |= {m for m in graph.modules if re.match(r"services\.\w+\.(models|migrations)\b", m)}
    elif image == "tools":
        own = TYPED | {f"services.{name}.app" for name in SERVICES} | {"shared.runtime.migrate"}
        own |= graph.find_descendants("cli.invariants")
    else:
        own = {f"services.{image}"} | graph.find_descendants(f"services.{image}")
    found: set[str] = set()
    while own:
        module = own.pop()
        found.add(module)
        if module.partition(".")[0] in OURS:
            own |= graph.find_modules_directly_imported_by(module) - found
    return found


def packages(modules: Iterable[str]) -> set[str]:
    """The names of the distributions that these modules are of; those of Python's own are none."""
    known = importlib.metadata.packages_distributions()
    tops = {one.partition(".")[0] for one in modules} - OURS - sys.stdlib_module_names
    return {canonicalize_name(known[top][0]) for top in tops}


def named(path: str) -> set[str]:
    """What an .in names, with those that it takes in; extras as the packages that they bring."""
    found: set[str] = set()
    for line in (REQUIREMENTS / path).read_text().splitlines():
        if line.startswith("-r "):
            found |= named(str((REQUIREMENTS / path).parent.joinpath(line[3:])))
        elif line and not line.startswith("#"):
            found.add(canonicalize_name(Requirement(line).name))
    return found


def blocks(path: str) -> dict[str, str]:
    """A lock: package → its line with version, marker and hashes, without who asked for it."""
    lines = (REQUIREMENTS / path).read_text().splitlines()
    bare = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    each = re.split(r"\n(?=\S)", bare.strip())
    return {canonicalize_name(re.split(r"[=\[]", one)[0]): one for one in each}


@pytest.mark.parametrize("image", [*SERVICES, *BESIDE])
def test_what_a_service_imports_is_in_its_image(graph: grimp.ImportGraph, image: str) -> None:
    optional = {"pyhanko"}  # imported where a key signs PDFs: the requirements `signing`
    locked = set(blocks("base.txt")) | set(blocks(f"images/{image}.txt"))
    assert packages(of_the_image(graph, image)) - locked - optional == set()


@pytest.mark.parametrize("image", [*SERVICES, *BESIDE])
def test_nothing_is_in_an_image_that_its_service_does_not_import(
    graph: grimp.ImportGraph, image: str
) -> None:
    own = named(f"images/{image}.in") - named("base.in")
    assert own - packages(of_the_image(graph, image)) - set(UNSEEN) == set()


def test_the_base_holds_only_what_every_service_imports(graph: grimp.ImportGraph) -> None:
    by_all = set.intersection(*(packages(of_the_image(graph, one)) for one in SERVICES))
    assert named("base.in") - by_all - set(UNSEEN) == set()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reaches_no_other_services_code_and_none_of_the_stack(
    graph: grimp.ImportGraph, name: str
) -> None:
    tops = {".".join(one.split(".")[:2]) for one in of_the_image(graph, name)}
    assert tops & {f"services.{one}" for one in SERVICES} == {f"services.{name}"}
    assert {one for one in tops if one.partition(".")[0] in {"stack", "cli"}} == set()


def test_only_who_prints_carries_the_printer_and_only_who_takes_cards_the_gateway() -> None:
    def holders(package: str) -> set[str]:
        return {one for one in SERVICES if package in blocks(f"images/{one}.txt")}

    assert holders("typst") == {"billing", "certificates"}
    assert holders("stripe") == {"billing"}
    assert holders("aiosmtplib") == {"notifications"}
    assert holders("phonenumbers") == {"registration"}
    assert holders("pyhanko") == set()
    assert "pyhanko" in blocks("images/signing.txt")


@pytest.mark.parametrize("image", ["base", *(f"images/{one}" for one in (*SERVICES, *BESIDE))])
def test_an_image_runs_the_versions_that_were_tested_by_the_same_hashes(image: str) -> None:
    whole, own = blocks("runtime.txt"), blocks(f"{image}.txt")
    assert len(own) > 30
    assert {name: line for name, line in own.items() if whole.get(name) != line} == {}


def test_every_image_has_its_lock_and_there_is_no_other() -> None:
    made = {one.stem for one in (REQUIREMENTS / "images").glob("*.txt")}
    assert made == {one.stem for one in (REQUIREMENTS / "images").glob("*.in")}
    assert made == {*SERVICES, *BESIDE, "signing"}


def test_an_image_gets_the_code_of_its_own_service_alone() -> None:
    service = DOCKERFILE.split("FROM base AS service")[1]
    copied = re.findall(r"^COPY (\S+) ", service, re.MULTILINE)
    assert copied == ["shared", "services/__init__.py", "services/${SERVICE}"]


def test_nothing_goes_to_the_builder_but_what_images_hold() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert next(line for line in lines if line and line[0] != "#") == "*"
    kept = {line[1:] for line in lines if line.startswith("!")}
    named = set(re.findall(r"^COPY (\w+)", DOCKERFILE, re.MULTILINE))
    mounted = set(re.findall(r"source=(requirements/[\w.]+)", DOCKERFILE))
    assert kept == named | mounted


def test_images_run_as_nobody_by_number_on_a_base_that_is_pinned_by_digest() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    for last in stages[-3:]:
        assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
        assert last.index("USER 10001") > last.index("RUN python3 -m compileall")
    [base] = re.findall(r"^ARG PYTHON=(.+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON}", *["base"] * 3]


def test_nobody_logs_in_to_an_image() -> None:
    [added] = re.findall(r"^RUN useradd (.+)$", DOCKERFILE, re.MULTILINE)
    assert "--shell /usr/sbin/nologin" in added


def test_images_say_what_they_are() -> None:
    for last in DOCKERFILE.split("\nFROM ")[-3:]:
        labels = set(re.findall(r"org\.opencontainers\.image\.(\w+)=", last))
        assert labels == {"title", "description", "version", "revision", "source", "licenses"}


def built(given: dict[str, str], image: str) -> list[str]:
    return images.command(image, "1.2.3", "abc", given)


def test_an_image_is_built_with_its_version_revision_and_service() -> None:
    words = built({}, "billing")
    assert words[:4] == ["docker", "build", "--target", "service"]
    assert words[words.index("--tag") + 1] == "holdfast-billing:1.2.3"
    told = {words[at + 1] for at, word in enumerate(words) if word == "--build-arg"}
    assert told == {"SERVICE=billing", "VERSION=1.2.3", "REVISION=abc", "SOURCE="}
    assert words[-1] == "."


def test_the_environment_says_registry_base_and_whether_pdfs_are_signed() -> None:
    given = {
        "PREFIX": "registry.example/",
        "PYTHON_IMAGE": "python:3.13-slim",
        "SOURCE": "https://x",
    }
    given["CERTIFICATES_REQUIREMENTS"] = "signing"
    for image, more in (("certificates", {"REQUIREMENTS=signing"}), ("web", set())):
        words = built(given, image)
        told = {words[at + 1] for at, word in enumerate(words) if word == "--build-arg"}
        assert f"registry.example/holdfast-{image}:1.2.3" in words
        assert {"PYTHON=python:3.13-slim", "SOURCE=https://x"} <= told
        assert {one for one in told if one.startswith("REQUIREMENTS")} == more


def test_images_are_built_with_buildkit_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, str]] = []

    def fails(words: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        if words[:2] == ["docker", "build"]:
            asked.append(how["env"])
            return subprocess.CompletedProcess(words, 1)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    monkeypatch.setattr(images.subprocess, "run", fails)
    with pytest.raises(Trouble):
        images.build(["web"], {})
    assert [one["DOCKER_BUILDKIT"] for one in asked] == ["1"]
    assert "PATH" in asked[0]


def test_the_stacks_image_is_a_target_of_its_own_and_no_service() -> None:
    words = built({}, "stack")
    assert words[words.index("--target") + 1] == "stack"
    assert not any(word.startswith("SERVICE=") for word in words)


def test_an_image_that_there_is_not_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert images.main(["billing", "biling"]) == 2
    assert "No image: biling They are: registration billing" in capsys.readouterr().err


def test_a_revision_names_the_commit_and_says_that_something_was_changed(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        own = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *own, *words], cwd=tmp_path, check=True, capture_output=True)

    assert images.revision(tmp_path) == "unknown"
    with pytest.MonkeyPatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        assert images.revision() == "unknown", "a machine may have no git"
    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "first")
    (tmp_path / "of nobody's").write_text("x")
    assert re.fullmatch(r"[0-9a-f]{40}", images.revision(tmp_path))
    (tmp_path / "a").write_text("2")
    assert re.fullmatch(r"[0-9a-f]{40}-changed", images.revision(tmp_path))


def test_a_new_digest_takes_the_place_of_the_old_one_and_nothing_else_does() -> None:
    made = images.renewed(DOCKERFILE, f"sha256:{'ab' * 32}")
    changed = [
        pair
        for pair in zip(DOCKERFILE.splitlines(), made.splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert [new for _, new in changed] == [f"ARG PYTHON=python:3.13-slim-trixie@sha256:{'ab' * 32}"]
    with pytest.raises(Trouble, match="no digest"):
        images.renewed(DOCKERFILE, "toomanyrequests: you have reached your limit")
