"""Which mails somebody can stop (domain.md §7: List-Unsubscribe on what is not operational).

`evaluations`: a request of ours. Whoever stops it is still told by `certificate_missing` where a
board wants the evaluation, and finds it on their page. `credits`: a notice of something that can be
seen on the page and in the receipt at any time. All else is operational: somebody would miss a
session, money or a certificate without it. The reminder a week before is, too: it is the last mail
before the cheaper ways out of a course end, and a button that stops reminders would be taken for
one that stops the join link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Stream = Literal["credits", "evaluations"]
STREAMS: tuple[Stream, ...] = ("credits", "evaluations")
_OF: Mapping[str, Stream] = {
    "credit_expiring": "credits",
    "evaluation_request": "evaluations",
    "evaluation_reminder": "evaluations",
}
UNSUBSCRIBE = "unsubscribe"  # the kind of the tokens in List-Unsubscribe
UNSUBSCRIBED = "they stopped mails of this kind"


def stream_of(template: str) -> Stream | None:
    """What it can be stopped with; None: it is operational."""
    return _OF.get(template)
