"""What billing says about itself: its calls, its events, its health."""

from tests.edges.billing.conftest import World


async def test_every_call_is_in_its_openapi_with_the_errors_it_gives(world: World) -> None:
    paths = (await world.http.get("/billing/openapi.json")).json()["paths"]
    declared = {
        (method.upper(), path): set(call["responses"])
        for path, calls in paths.items()
        for method, call in calls.items()
    }
    of = "/billing/v1/registrations/{registration_id}"
    for call, errors in {
        ("POST", "/billing/v1/quotes"): {"400", "422"},
        ("GET", of): {"401", "403", "404", "425"},
        ("GET", f"{of}/cancellation-quote"): {"401", "403", "404", "409", "425"},
        ("GET", f"{of}/transfer-quote"): {"401", "403", "404", "409", "425"},
        ("POST", f"{of}/checkout"): {"401", "403", "409", "425", "503"},
        ("POST", f"{of}/refunds"): {"401", "403", "404", "409"},
        ("GET", f"{of}/invoice.pdf"): {"401", "403", "404", "425"},
        ("GET", f"{of}/credit-notes/{{number}}.pdf"): {"401", "403", "404", "425"},
        ("GET", "/billing/v1/invoices/{invoice_id}.pdf"): {"401", "403", "404", "425"},
        ("POST", "/billing/v1/refunds/{refund_id}/retry"): {"401", "403", "404", "409"},
        ("POST", "/billing/v1/refunds/{refund_id}/settle"): {"401", "403", "404", "409"},
        ("POST", "/billing/v1/invoices/{invoice_id}/payments"): {"401", "403", "404", "409", "425"},
        ("POST", "/billing/v1/payments/{payment_id}/give-back"): {"401", "403", "404", "409"},
        ("GET", "/billing/v1/disputes"): {"401", "403"},
        ("POST", "/billing/v1/webhooks/{gateway}"): {"401", "404"},
        ("GET", "/billing/v1/credits/{code}"): {"401", "404"},
        ("POST", "/billing/v1/credits/{code}/transfer"): {"404", "409", "422"},
        ("POST", f"{of}/credits"): {"401", "403", "404", "422", "425"},
        ("GET", "/billing/v1/books/months/{month}"): {"401", "403", "422"},
        ("POST", "/billing/v1/books/months/{month}/close"): {"401", "403", "409", "422"},
        ("GET", "/billing/v1/books/export"): {"401", "403", "422"},
        ("POST", "/billing/v1/ledger/transactions/{transaction_id}/reverse"): {
            "401",
            "403",
            "404",
            "409",
        },
        ("GET", "/billing/v1/courses/{course_id}/settlement-statement"): {"401", "403", "404"},
    }.items():
        assert errors <= declared[call], call


async def test_its_events_are_in_its_asyncapi(world: World) -> None:
    text = (await world.http.get("/billing/asyncapi.json")).text
    for kind in ("invoice.issued.v1", "cancellation.settled.v1", "credit.issued.v1"):
        assert kind in text


async def test_it_is_alive(world: World) -> None:
    assert (await world.http.get("/billing/health/live")).status_code == 200
