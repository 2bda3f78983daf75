"""What every service's document says of answers that come of how a route is reached."""

import json
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.edges.test_direct import SERVICES, service_of

OFFICIAL = jsonschema_rs.validator_for(OPENAPI_31)


@pytest.mark.parametrize("service", [*SERVICES, "web"])
def test_a_document_is_valid_by_the_official_schema_and_so_is_each_schema_in_it(
    service: str,
) -> None:
    document = json.loads(json.dumps(service_of(service).app.openapi()))
    assert document["openapi"].startswith("3.1.")
    assert [error.message for error in OFFICIAL.iter_errors(document)] == []
    schemas = document["components"]["schemas"]
    assert schemas
    for schema in schemas.values():
        jsonschema_rs.meta.validate(
            schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


def test_the_official_schema_finds_what_is_wrong() -> None:
    document = json.loads(json.dumps(service_of("partners").app.openapi()))
    del next(iter(document["paths"].values()))["get"]["responses"]["200"]["description"]
    assert not OFFICIAL.is_valid(document)


@pytest.mark.parametrize("service", [*SERVICES, "web"])
def test_every_reference_leads_somewhere_and_no_two_calls_have_one_name(service: str) -> None:
    document = service_of(service).app.openapi()
    known = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.rsplit("/", 1)[1] in known, reference
    names = [
        route["operationId"] for routes in document["paths"].values() for route in routes.values()
    ]
    assert len(names) == len(set(names))


def _references(document: Any) -> list[str]:
    if isinstance(document, list):
        return [found for each in document for found in _references(each)]
    if not isinstance(document, dict):
        return []
    own = [document["$ref"]] if isinstance(document.get("$ref"), str) else []
    return own + [found for each in document.values() for found in _references(each)]


def _named(route: dict[str, Any]) -> bool:
    """Whether it takes an Idempotency-Key."""
    return any(one["name"] == "Idempotency-Key" for one in route.get("parameters", ()))


@pytest.mark.parametrize("service", SERVICES)
def test_what_takes_a_key_declares_that_the_first_request_with_it_may_still_run(
    service: str,
) -> None:
    document = service_of(service).app.openapi()
    taking = {
        f"{method} {path}": route["responses"]
        for path, routes in document["paths"].items()
        for method, route in routes.items()
        if _named(route)
    }
    assert taking
    assert [name for name, answers in taking.items() if "409" not in answers] == []
    for answers in taking.values():
        assert list(answers["409"]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("document", ["did.json", "jwks.json"])
def test_the_addresses_of_the_issuers_keys_declare_that_they_may_be_away(document: str) -> None:
    paths = service_of("certificates").app.openapi()["paths"]
    assert "503" in paths[f"/certificates/.well-known/{document}"]["get"]["responses"]
