"""What every service's document says of answers that come of how a route is reached."""

from typing import Any

import pytest

from tests.edges.test_direct import SERVICES, service_of


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
