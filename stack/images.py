"""The images of a release: `python -m stack.images` builds all of them, `… billing web` some.

Each is `holdfast-<service>:<version>` (PREFIX=registry.example/ stands before that), with the
version of pyproject.toml, the revision of the checkout, and a bill of materials beside it:
`.holdfast/images/<name>-<version>.cdx.json` (stack/bill.py). `python -m stack.images base` renews
the digest of the base in the Dockerfile.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.contracts.services import SERVICES
from stack.bill import bill
from stack.profile import ROOT
from stack.trouble import AWAY, USAGE, Trouble

BESIDE = ("stack", "tools")  # what runs beside the services, and what operators type
IMAGES = (*SERVICES, *BESIDE)
_BASE = re.compile(r"^ARG PYTHON=(?P<tag>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})$", re.MULTILINE)


def version() -> str:
    """The version of this checkout: there is one place for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def revision(root: Path = ROOT) -> str:
    """The commit, and `-changed` where files of it were; `unknown` outside a checkout, or
    where there is no git."""

    def asked(*words: str) -> str:
        try:
            done = subprocess.run(
                ["git", *words], cwd=root, capture_output=True, text=True, check=False
            )
        except OSError:  # a machine may have none
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = asked("rev-parse", "HEAD")
    changed = "-changed" if asked("status", "--porcelain", "--untracked-files=no") else ""
    return f"{commit}{changed}" if commit else "unknown"


def command(image: str, of: str, at: str, given: Mapping[str, str]) -> list[str]:
    """What builds an image: `of` a version, `at` a revision. The environment may say PREFIX (of its
    name), SOURCE (where the code is to be read), PYTHON_IMAGE (another base) and, for certificates,
    CERTIFICATES_REQUIREMENTS=signing."""
    told = {"VERSION": of, "REVISION": at, "SOURCE": given.get("SOURCE", "")}
    if base := given.get("PYTHON_IMAGE"):
        told["PYTHON"] = base
    if image not in BESIDE:
        told["SERVICE"] = image
    if image == "certificates" and (wanted := given.get("CERTIFICATES_REQUIREMENTS")):
        told["REQUIREMENTS"] = wanted
    target = image if image in BESIDE else "service"
    words = ["docker", "build", "--target", target, "--tag", name(image, of, given)]
    for key, value in told.items():
        words += ["--build-arg", f"{key}={value}"]
    return [*words, "."]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """With BuildKit, which the Dockerfile's mounts need and a plain `docker build` may lack."""
    return {**given, "DOCKER_BUILDKIT": "1"}


def name(image: str, of: str, given: Mapping[str, str]) -> str:
    """The whole name of an image."""
    return f"{given.get('PREFIX', '')}holdfast-{image}:{of}"


def build(images: Sequence[str], given: Mapping[str, str]) -> None:
    """Build them one after another, and tell of each its size. Raises `Trouble`."""
    of, at = version(), revision()
    kept = ROOT / ".holdfast" / "images"
    kept.mkdir(parents=True, exist_ok=True)
    for image in images:
        words = command(image, of, at, given)
        if subprocess.run(words, cwd=ROOT, env=environment(os.environ), check=False).returncode:
            raise Trouble(f"The image of {image} was not built.", "See above.", AWAY)
        lock = given.get("CERTIFICATES_REQUIREMENTS") if image == "certificates" else None
        made = bill(f"holdfast-{image}", of, at, lock or image)
        path = kept / f"holdfast-{image}-{of}.cdx.json"
        path.write_text(json.dumps(made, indent=1) + "\n")
        print(f"  {name(image, of, given):40} {size(name(image, of, given)):>8.1f} MB  {path}")


def size(tag: str) -> float:
    """What an image takes, in MB (1,000,000 bytes), its base with it."""
    told = ["docker", "image", "inspect", "--format", "{{.Size}}", tag]
    return int(subprocess.run(told, capture_output=True, text=True, check=True).stdout) / 1e6


def renewed(dockerfile: str, digest: str) -> str:
    """The Dockerfile with that digest for its base. Raises `Trouble` where it is none."""
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise Trouble(f"The registry's answer is no digest: {digest[:80]!r}", "", AWAY)
    return _BASE.sub(lambda found: f"ARG PYTHON={found['tag']}@{digest}", dockerfile)


def renew() -> None:
    """Ask the registry what the tag of the base is today, and write it down."""
    path = ROOT / "Dockerfile"
    text = path.read_text()
    found = _BASE.search(text)
    if found is None:
        raise Trouble("The Dockerfile names no base with a digest.")
    ask = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}"]
    done = subprocess.run([*ask, found["tag"]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"{found['tag']} was not found.", done.stderr.strip(), AWAY)
    digest = done.stdout.strip()
    path.write_text(renewed(text, digest))
    print(f"{found['tag']} is {digest}" + (" still" if digest == found["digest"] else ""))


def main(words: Sequence[str]) -> int:
    """0 where all was built."""
    unknown = [one for one in words if one not in (*IMAGES, "base")]
    try:
        if unknown:
            raise Trouble(f"No image: {', '.join(unknown)}", f"They are: {' '.join(IMAGES)}", USAGE)
        if "base" in words:
            renew()
        else:
            build(words or IMAGES, os.environ)
    except Trouble as why:
        print(why, file=sys.stderr)
        return why.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
