"""Deadlines of registration: holds, offers and choices end; a course completes those who are
confirmed, a cancelled one ends everybody's."""

from __future__ import annotations

from services.registration.commands import (
    accommodating,
    erasing,
    facts,
    holds,
    links,
    offers,
    preferring,
    withdrawal_walk,
    withdrawing,
    withdrawn,
)
from shared.runtime.due import Dues


def dues_of() -> Dues:
    """The deadlines of this service."""
    dues = Dues()
    dues.inside("expire_hold")(holds.expire)
    dues.inside("expire_offer")(offers.lapse)
    dues.inside(accommodating.ASKED)(accommodating.open_asked)
    dues.inside(accommodating.CARRY)(accommodating.carry)
    dues.inside(erasing.AGAIN)(erasing.say_again)
    dues.walk(links.PEOPLE, over=links.people_at, each=links.links_of)
    dues.walk(links.THEIRS, over=links.registrations_of, each=links.mail_one)
    dues.inside(offers.OFFER_MORE)(offers.offer_more)
    dues.inside("complete_course")(facts.complete_course)
    dues.walk(facts.COMPLETE_CONFIRMED, over=facts.confirmed_of, each=facts.complete_one)
    dues.walk(
        withdrawing.WITHDRAW,
        over=withdrawal_walk.registrations_of,
        each=withdrawal_walk.withdraw_one,
    )
    dues.inside(withdrawn.CHOICE)(preferring.choose_for_them)
    return dues
