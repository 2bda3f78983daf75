"""The charts as Helm renders them: what the tests look at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from stack.profile import ROOT

CHARTS = ROOT / "deploy" / "helm"
SIZES = ("one-node", "three-zones")
RELEASE = {"holdfast": "holdfast", "holdfast-data": "data"}
NAMESPACE = "courses"
# What nobody but the operator can know.
TOLD: dict[str, dict[str, Any]] = {
    "holdfast": {
        "publicUrl": "https://courses.example.org",
        "image": {"registry": "registry.example.org/ours"},
        "services": {
            "notifications": {"settings": {"NOTIFICATIONS_SMTP_HOST": "smtp.example.org"}}
        },
    },
    "holdfast-data": {"backup": {"destination": "s3://backups/courses"}},
}
Object = dict[str, Any]


def helm() -> Any:
    """Helm's own library."""
    try:
        import helm_python
    except ImportError as why:
        raise AssertionError("this test needs Helm: make setup-chart") from why
    return helm_python


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Values over values, as `--values` and `--set` do it."""
    out = dict(under)
    for name, value in over.items():
        known = out.get(name)
        both = isinstance(value, Mapping) and isinstance(known, Mapping)
        out[name] = merged(known, value) if both else value
    return out


def values(chart: str, size: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an operator gives: the file of that size, and what only they know."""
    file = yaml.safe_load((CHARTS / chart / f"values-{size}.yaml").read_text())
    return merged(merged(file, TOLD[chart]), more or {})


def rendered(chart: str, size: str, more: Mapping[str, Any] | None = None) -> list[Object]:
    """All objects of a chart."""
    return json.loads(_rendered(chart, size, json.dumps(more or {})))


@cache
def _rendered(chart: str, size: str, more: str) -> str:
    with helm().Chart.load(CHARTS / chart) as loaded:
        given = values(chart, size, json.loads(more))
        loaded.validate_schema(given)
        made = loaded.render(given, name=RELEASE[chart], namespace=NAMESPACE)
    files = [text for name, text in sorted(made.items()) if name.endswith(".yaml")]
    objects = [one for text in files for one in yaml.safe_load_all(text) if one]
    return json.dumps(objects)


def refused(chart: str, size: str, more: Mapping[str, Any]) -> str:
    """What Helm says to these values; "" where it takes them."""
    try:
        rendered(chart, size, more)
    except helm().HelmError as why:
        return str(why)
    return ""


def of_kind(objects: list[Object], *kinds: str) -> dict[str, Object]:
    """By name: those of a kind."""
    found = [one for one in objects if one["kind"] in kinds]
    named = {one["metadata"]["name"]: one for one in found}
    assert len(named) == len(found), "two of one name"
    return named


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Each pod that would run, with the name of what makes it."""
    for name, one in of_kind(objects, "Deployment", "StatefulSet", "Job").items():
        yield name, one["spec"]["template"]


def environment(pod: Object) -> dict[str, Any]:
    """What its one container is told: a value, or where that comes from."""
    [container] = pod["spec"]["containers"]
    told = [(one["name"], one.get("value", one.get("valueFrom"))) for one in container["env"]]
    assert len(dict(told)) == len(told), "a variable twice"
    return dict(told)
