"""A secret is in no log, no traceback and no text that an object makes of itself."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from typing import Any

import pytest

import services
import shared
from tests.conftest import ROOT

SERVICES = ["registration", "billing", "attendance", "certificates", "notifications", "partners"]
NAMED = re.compile(r"(^|_)(secret|secrets|password|api_key)$")


def modules() -> list[Any]:
    return [
        importlib.import_module(each.name)
        for room in (services, shared)
        for each in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
        if ".migrations" not in each.name
    ]


def test_no_dataclass_shows_its_secret() -> None:
    kinds = {
        kind
        for module in modules()
        for kind in vars(module).values()
        if isinstance(kind, type)
        and dataclasses.is_dataclass(kind)
        and hasattr(kind.__repr__, "__wrapped__")  # the one that dataclasses write
    }
    held = {
        (f"{kind.__module__}.{kind.__name__}.{field.name}", field.repr)
        for kind in kinds
        for field in dataclasses.fields(kind)
        if NAMED.search(field.name) and field.type in ("str", str)
    }
    assert len(held) > 8, "they are found"
    assert {name for name, shown in held if shown} == set()


@pytest.mark.parametrize("name", [*SERVICES, "web"])
def test_a_service_that_cannot_start_says_what_is_wrong_and_not_what_it_was_given(
    name: str,
) -> None:
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    given = {
        "PLATFORM_SECRET": "short-one",  # and no database at all
        "KAFKA_SASL_PASSWORD": "word-for-kafka",
        "KAFKA_SECURITY_PROTOCOL": "TLS",  # there is none of that name
        "HOLDFAST_ROLE": "api",
        f"{name.upper()}_WEBHOOK_SECRET": "word-of-hooks",
    }
    done = subprocess.run(
        [sys.executable, "-m", f"services.{name}.app"],
        env=known | given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "database_url" in said, "what is missing is named"
    assert "PLATFORM_SECRET" in said
    for secret in ("short-one", "word-for-kafka", "word-of-hooks"):
        assert secret[-6:] not in said


def test_settings_tell_nothing_of_themselves() -> None:
    settings = importlib.import_module("services.web.settings").Settings(
        database_url="postgresql://web:a-word@db/web",
        platform_secret="the-secret-of-the-platform",
        oidc_client_secret="known-to-both",
    )
    assert repr(settings) == "Settings()"
    assert str(settings) == ""
