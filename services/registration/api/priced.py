"""What a request says of its price: a code is known by its digest from here on."""

from __future__ import annotations

from services.registration.api.bodies import PriceBody, RegisterBody
from services.registration.commands.access import only_operator
from services.registration.commands.pricing import PriceAsked
from services.registration.domain.prices import code_digest
from shared.runtime.caller import Caller


def price_in(body: PriceBody) -> PriceAsked:
    """The price that is asked for."""
    digest = code_digest(body.code) if body.code is not None else None
    return PriceAsked(body.id, digest, body.statement)


def complimentary_in(body: RegisterBody, caller: Caller) -> str | None:
    """As what somebody works at the course: for staff to say."""
    if body.complimentary is not None:
        only_operator(caller, "give a complimentary seat")
    return body.complimentary
