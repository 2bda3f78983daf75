"""Every route of an OpenAPI document, fuzzed: whatever comes, the answer is one that it declares.

Schemathesis makes requests from the document, good ones and broken ones; they go to the app in this
process. Which is which does not matter here: nothing may end in a 5xx, and each answer must have a
status, a content type and a body that the document names for the route. The examples are the same
each time; `FUZZ` in the environment asks for more a route (`FUZZ=200`).
"""

import asyncio
import os
import warnings
from collections.abc import Sequence
from typing import Any

import httpx
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.stage import OPERATOR

BASE = "http://service.test"
EXAMPLES = int(os.environ.get("FUZZ", "4"))  # a route, a mode and a choice of ids
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALLERS = ["operator", "holder", "nobody", "somebody odd"]


def headers_of(caller: str, token: str) -> dict[str, str]:
    """What each of the callers says of themselves; `token` is the holder's."""
    return {
        "operator": {"Authorization": f"Bearer {OPERATOR}"},
        "holder": {"Authorization": f"Bearer {token}"},
        "nobody": {},
        "somebody odd": {"Authorization": "Bearer hf_live_nobody-has-this-key"},
    }[caller]


def known(operation: Any, ids: dict[str, str]) -> dict[str, str]:
    """Ids in the path that somebody has."""
    names = [each.name for each in operation.path_parameters]
    return {name: ids[name] for name in names if name in ids}


def fuzzed(
    app: FastAPI, loop: asyncio.Runner, headers: dict[str, str], ids: Sequence[dict[str, str]]
) -> tuple[list[str], set[int]]:
    """Asks every route with ids that nobody has, and with each of `ids`; gives what was wrong, and
    the statuses that were met. `loop` is one for all calls: Hypothesis calls what is not async."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False))
    found: list[str] = []
    statuses: set[int] = set()

    def fuzz(operation: Any, mode: Any, path: dict[str, str]) -> None:
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(mode, path_parameters=path or None))
        def each(case: Any) -> None:
            response = loop.run(_call(client, case, headers))
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        each()

    for result in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
        operation = result.ok()
        for mode in MODES:
            for path in ({}, *(known(operation, each) for each in ids)):
                try:
                    fuzz(operation, mode, path)
                except Unsatisfiable:
                    continue  # nothing in it can be broken
                except BaseExceptionGroup as why:
                    found += [
                        f"{operation.label}: {str(one) or repr(one)}" for one in why.exceptions
                    ]
                except Exception as why:
                    found.append(f"{operation.label}: {why!r}")
    loop.run(client.aclose())
    return found, statuses


async def _call(client: httpx.AsyncClient, case: Any, headers: dict[str, str]) -> Any:
    """The case through the app, as Schemathesis sees an answer."""
    sent = requests.Request(**case.as_transport_kwargs(BASE)).prepare()
    sent.headers.update(headers)
    lines = [(name.encode(), _as_bytes(value)) for name, value in sent.headers.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd body is sent as the bytes it is
        answer = await client.request(
            sent.method or "GET", sent.url or "", headers=lines, content=sent.body
        )
    return schemathesis.Response(
        status_code=answer.status_code,
        headers={name: [value] for name, value in answer.headers.items()},
        content=answer.content,
        request=sent,
        elapsed=0.0,
        verify=False,
    )


def _as_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
