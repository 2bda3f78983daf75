"""Deadlines of registration: holds and offers end, a course completes those who are confirmed."""

from __future__ import annotations

from services.registration.commands import facts, holds, offers
from shared.runtime.due import Dues


def dues_of() -> Dues:
    """The deadlines of this service."""
    dues = Dues()
    dues.inside("expire_hold")(holds.expire)
    dues.inside("expire_offer")(offers.lapse)
    dues.inside(offers.OFFER_MORE)(offers.offer_more)
    dues.inside("complete_course")(facts.complete_course)
    dues.walk(facts.COMPLETE_CONFIRMED, over=facts.confirmed_of, each=facts.complete_one)
    return dues
