"""`python -m tests.deploy.operators < objects.json`: what KEDA or the Prometheus operator would not
take of resources, by models of their schemas; a list of places for each, as JSON.

A process of its own: cloudcoil hooks into pytest, so that it stays out of its environment
(`make setup-chart` puts it into `PLACE`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from stack.profile import ROOT

PLACE = ROOT / ".holdfast" / "cache" / "operators"
# The last release with models for Python 3.11 is KEDA 2.16; of what came with 2.17, which the chart
# asks for, it knows nothing: how many stay while Kafka does not answer.
_SINCE = {("ScaledObject", "/spec/fallback/behavior")}


def faults(objects: list[dict[str, Any]]) -> list[list[str]]:
    """The places of each that its operator does not know or take."""
    assert PLACE.is_dir(), "this test needs the operators' models: make setup-chart"
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.operators"],
        input=json.dumps(objects), capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    found: list[list[str]] = json.loads(done.stdout)
    return found


def _model(one: dict[str, Any]) -> Any:
    """The class of a resource."""
    from cloudcoil.models.keda import v1alpha1 as keda  # type: ignore[import-not-found]
    from cloudcoil.models.prometheus_operator import (  # type: ignore[import-not-found]
        v1 as prometheus,
    )

    versions = {"keda.sh/v1alpha1": keda, "monitoring.coreos.com/v1": prometheus}
    return getattr(versions[one["apiVersion"]], one["kind"])


def _unknown(given: Any, known: Any, place: str = "") -> list[str]:
    """Where something is given that was not read."""
    if isinstance(given, dict):
        read = known if isinstance(known, dict) else {}
        return [
            found
            for name, value in given.items()
            for at in [f"{place}/{name}"]
            for found in (_unknown(value, read[name], at) if name in read else [at])
        ]
    if isinstance(given, list):
        pairs = enumerate(zip(given, known, strict=True))
        return [found for at, (a, b) in pairs for found in _unknown(a, b, f"{place}/{at}")]
    return []


def _of(one: dict[str, Any]) -> list[str]:
    import pydantic

    try:
        read = _model(one).model_validate(one)
    except pydantic.ValidationError as why:
        return ["/" + "/".join(map(str, each["loc"])) for each in why.errors()]
    told = _unknown(one, read.model_dump(mode="json", by_alias=True, exclude_unset=True))
    return [place for place in told if (one["kind"], place) not in _SINCE]


if __name__ == "__main__":
    sys.path.append(str(PLACE))
    print(json.dumps([_of(one) for one in json.load(sys.stdin)]))
