"""An image's bill of materials: the Python packages of its lock, as CycloneDX.

By cyclonedx-bom: what the lock pins, with the hashes it may have, and what the packages themselves
say of their licences and of what they need, as installed here in the same versions (`make
setup-dev`). What the base brings (Debian's packages, Python) is not in it: that is the base's own
to tell, by its digest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from stack.profile import ROOT
from stack.trouble import AWAY, Trouble

Bill = dict[str, Any]


def bill(name: str, version: str, revision: str, lock: str) -> Bill:
    """The bill of the image `name`, whose packages `requirements/images/<lock>.txt` pins."""
    path = ROOT / "requirements" / "images" / f"{lock}.txt"
    locked = _asked("requirements", str(path), "--short-PURLs")
    installed = _asked("environment", sys.executable, "--short-PURLs")
    made = merged(locked, installed)
    made["metadata"]["component"] = {
        "type": "container",
        "bom-ref": name,
        "name": name,
        "version": version,
        "licenses": [{"expression": "LicenseRef-Proprietary"}],
        "properties": [{"name": "org.opencontainers.image.revision", "value": revision}],
    }
    made["dependencies"].append({"ref": name, "dependsOn": sorted(_refs(made).values())})
    return made


def merged(locked: Bill, installed: Bill) -> Bill:
    """What is locked, with licences and dependencies of what is installed in the same version.

    A package that another system needs (a marker says so) is locked and not installed: it stays,
    and its licence is not told.
    """
    own, there = _refs(locked), _refs(installed)
    by_ref = {ref: purl for purl, ref in there.items()}
    licences = {one["purl"]: one.get("licenses") for one in installed["components"]}
    edges = {by_ref.get(one["ref"]): one.get("dependsOn", []) for one in installed["dependencies"]}
    made = json.loads(json.dumps(locked))
    for one in made["components"]:
        one.pop("description", None)  # (it repeats the line of the lock)
        if told := licences.get(one["purl"]):
            one["licenses"] = told
    made["dependencies"] = [
        {"ref": own[purl], "dependsOn": sorted(own[p] for p in needs if p in own)}
        for purl in own
        for needs in [[by_ref.get(ref) for ref in edges.get(purl, [])]]
    ]
    return made  # type: ignore[no-any-return]


def _refs(of: Bill) -> dict[str, str]:
    return {one["purl"]: one["bom-ref"] for one in of["components"]}


def _asked(kind: str, *words: str) -> Bill:
    """What cyclonedx-py answers; a test holds it to the schema. Raises `Trouble`."""
    told: Sequence[str] = [sys.executable, "-m", "cyclonedx_py", kind, *words]
    told = [*told, "--sv", "1.6", "--of", "JSON", "--output-reproducible", "--no-validate"]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(
            "No bill of materials could be made.",
            f"{done.stderr.strip()[-500:]}\nIs cyclonedx-bom there? make setup-dev",
            AWAY,
        )
    return json.loads(done.stdout)  # type: ignore[no-any-return]
