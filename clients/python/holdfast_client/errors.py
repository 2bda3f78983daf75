"""What can go wrong, and what to do about it. All of it is a `HoldfastError`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class HoldfastError(Exception):
    """Base of all errors of this library."""


class WebhookRefused(HoldfastError):
    """A request that is not from Holdfast, or cannot be told from one that is not: answer 400, and
    do nothing with it. `reason` is a word that stays; neither holds anything of the request."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Refused(HoldfastError):
    """Holdfast says no, and would again: asking once more is of no use.

    `status` is HTTP's, `type` names the rule and stays (`/problems/…`), `detail` says it in words,
    `errors` are pairs of a JSON pointer into what was sent and what is wrong there. `trace_id` is
    what the provider finds it by.
    """

    def __init__(
        self,
        status: int,
        type_: str,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        trace_id: str = "",
    ) -> None:
        told = " ".join(f"{one.get('pointer', '')}: {one.get('detail', '')}" for one in errors)
        super().__init__(f"{status} {type_}: {detail} {told}".rstrip())
        self.status = status
        self.type = type_
        self.detail = detail
        self.errors = tuple((one.get("pointer", ""), one.get("detail", "")) for one in errors)
        self.trace_id = trace_id


class KeyRefused(Refused):
    """The key is not known, was revoked, or does not open this. A key that was made a moment ago
    may need some seconds."""


class SignatureRefused(KeyRefused):
    """What was sent in has to be signed and is not, or is signed with another secret, or one of the
    clocks is wrong; `type` says which. Nothing of it is in."""


class CursorRefused(Refused):
    """What was given as `after` is no cursor of this feed: it was cut, changed, or is another
    system's.

    Begin again without one, or with `since` and a moment before the last event that you dealt with;
    what you know already you know by its id. (A cursor of a database that was restored since is
    never refused: it leads back to before the backup, `Page.rewound` says so, and there is nothing
    to do.)
    """


class Away(HoldfastError):
    """Nobody answered, or not with an answer, for as long as there was patience. Nothing is known
    of whether a line that was sent is in: send it again under the same key. `retry_after` are
    seconds, where Holdfast said any; `status` is HTTP's, where there was one."""

    def __init__(self, why: str, tries: int, status: int | None, retry_after: float | None) -> None:
        super().__init__(f"{why}; tried {tries} times")
        self.tries = tries
        self.status = status
        self.retry_after = retry_after


class Unreadable(HoldfastError):
    """An answer that is not as it was promised: what answers there is perhaps not Holdfast."""
