"""How often everything must have happened, so that a run says what it is said to say.

A fault that never struck, or an act that nobody ever did or that was always refused, was not tried.
"""

from __future__ import annotations

from collections import Counter

from shared.contracts.catalogue import EVENTS
from shared.runtime.failpoint import POINTS
from tests.simulation.gateway import RATES
from tests.simulation.mail import TROUBLE as MAIL
from tests.simulation.platform import TROUBLE as PLATFORM
from tests.simulation.press import TROUBLE as PRESS
from tests.simulation.story import KINDS

ACTS = (
    "publish",
    "register",
    "group",
    "inbound",
    "reported attendance",
    "checkout",
    "cancel",
    "cancel by staff",
    "substitute",
    "transfer",
    "accept-offer",
    "disclosure",
    "links",
    "prefer",
    "correct a person",
    "merge people",
    "unmerge people",
    "erase a person",
    "move",
    "cancel a session",
    "cancel a course",
    "swap a meeting",
    "observe",
    "report",
    "complete a session",
    "correct attendance",
    "evaluation",
    "claims",
    "participation",
    "supersede a certificate",
    "revoke a certificate",
    "goodwill",
    "goodwill credit",
    "bank payment",
    "retry a failed refund",
    "settle a failed refund",
    "settle by hand",
)
FAULTS = (
    *(f"mail: {kind}" for kind in (*MAIL, "the mailbox cannot say")),
    *(f"platform: {kind}" for kind in PLATFORM),
    *(f"press: {kind}" for kind in PRESS),
    *(f"gateway: {kind}" for kind in RATES),
    "kafka: away, or an acknowledgement lost",
    *(f"abreast: {came}" for came in ("at once", "one waited")),
    "an event was heard twice",
    "an offset went back",
    "compacted away",
    "a service went away",
    "a topic was delayed",
    "a service was away when it was asked",
    "a request was sent twice",
    "a request was sent again",
    "platform: an observation told twice",
    "platform: an observation lost",
    "a payment was disputed",
    "a bank said of a refund: failed",
    "somebody was let in",
    "a card was put in (succeeded)",
    "a card was put in (failed)",
)
# Nobody asks for help to take part here, complains, or has a key taken away: that has tests of its
# own.
_ELSEWHERE = frozenset(
    {
        "key.revoked.v1",
        "registration.accommodation_answered.v1",
        "registration.complained.v1",
        "registration.complaint_answered.v1",
    }
)
SAID = tuple(f"said: {type_}" for type_ in EVENTS if type_ not in _ELSEWHERE)
JUDGED = ("judged: early", "judged: late")
EVERY = (
    *(f"step: {kind}" for kind in KINDS),
    *(f"{act} did" for act in ACTS),
    *SAID,
    *JUDGED,
    *FAULTS,
    *(f"killed: {point}" for point in POINTS),
)
# What even some twenty histories come by.
SURE = (
    *(f"killed: batch.{at}" for at in ("claimed", "flushing", "flushed", "committed")),
    "killed: relay.sent",
    "kafka: away, or an acknowledgement lost",
    "an event was heard twice",
    "an offset went back",
    "publish did",
    "register did",
    "checkout did",
    "observe did",
    "somebody was let in",
    "a card was put in (succeeded)",
)


# What only a long run is sure to come by: so rare that two hundred histories may not have it.
RARE = frozenset(
    {
        "unmerge people did",
        "participation did",
        "said: credit.redeemed.v1",
        "said: credit.restored.v1",
        "said: credit.voided.v1",
        "said: registration.transferred.v1",
    }
)


def missed(counts: Counter[str], *, long: bool) -> list[str]:
    """What never happened; of what is rare only where the run was `long`."""
    return [what for what in EVERY if not counts[what] and (long or what not in RARE)]
