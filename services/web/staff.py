"""The owners' public APIs, called for somebody of staff: in their name, one pass a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from services.web.owners import ACTING, SHOWING, Answer, Away, Owners, segment
from services.web.unheard import Unheard
from shared.runtime.clock import wall
from shared.runtime.passes import pass_for

REUSED = "idempotency-key-reused"
_RUNNING = "idempotency-key-in-use"
_OTHER_WORDS = (
    "What was sent from this page before said something else, and was answered: look first whether"
    " it was done. Sent again from here it is another request."
)
_EARLY = frozenset({400, 401, 403, 413, 429})
LISTING = 10.0  # seconds that a page waits for a list of many pages
_MOST = 200  # of a list in one call


@dataclass(frozen=True)
class Desk:
    """Whoever acts (`by` is what the owners' audits say) and the way to the owners; what of theirs
    was not answered is noted in `unheard`."""

    owners: Owners
    secret: str = field(repr=False)
    by: str
    unheard: Unheard = field(default_factory=Unheard, repr=False)

    async def ask(self, owner: str, path: str, *, timeout: float = SHOWING) -> Answer:
        """A GET for a part of a page. Raises Away."""
        return await self.owners.ask(owner, path, self._pass("GET", path), timeout=timeout)

    async def file(self, owner: str, path: str) -> bytes | None:
        """A file as it is; None where the owner has none to give. Raises Away."""
        return await self.owners.file(owner, path, self._pass("GET", path))

    async def act(
        self,
        owner: str,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        method: str = "POST",
    ) -> Answer:
        """Something done; `key` is the form's. Raises Away, the outcome being unknown then: so it
        is too while the first request with that key still runs."""
        given = self._pass(method, path)
        again = self.unheard.sent(key)
        answer = await self.owners.act(
            owner, path, body, key=key, token=given, method=method, timeout=ACTING
        )
        return self._heard(owner, key, answer, again=again)

    async def send(self, owner: str, path: str, content: bytes, kind: str, *, key: str) -> Answer:
        """A file sent as it is, once however often that is done. Raises Away as `act` does."""
        given = self._pass("POST", path)
        again = self.unheard.sent(key)
        answer = await self.owners.send(owner, path, content, kind, key=key, token=given)
        return self._heard(owner, key, answer, again=again)

    async def pages_of(self, owner: str, path: str) -> AsyncIterator[Answer]:
        """A list from its beginning, an answer a page, to its end or to one that is no list.
        Raises Away."""
        after = ""
        while True:
            joint = "&" if "?" in path else "?"
            page = f"{path}{joint}limit={_MOST}" + (f"&after={after}" if after else "")
            answer = await self.ask(owner, page, timeout=LISTING)
            yield answer
            after = segment(str(answer.body.get("next") or "")) if answer.ok else ""
            if not after:
                return

    async def all_of(self, owner: str, path: str, most: int | None = 2_000) -> Listed:
        """A list from its beginning, page after page; `more` where there are more than `most`, and
        None is all of it. Raises Away; an answer that is no list is `refused`."""
        items: list[Mapping[str, Any]] = []
        async for answer in self.pages_of(owner, path):
            if not answer.ok:
                return Listed((), False, answer)
            items += answer.body.get("items") or []
            if most is not None and len(items) >= most:
                more = bool(answer.body.get("next")) or len(items) > most
                return Listed(tuple(items[:most]), more)
        return Listed(tuple(items), False)

    def _heard(self, owner: str, key: str | None, answer: Answer, *, again: bool) -> Answer:
        """What is shown of an answer to a request with a key; `again`: the same was sent before
        and not answered."""
        if answer.slug == _RUNNING:
            raise Away(owner)
        if answer.slug == REUSED:  # the owner's words are for who wrote the request
            self.unheard.spent(key, _OTHER_WORDS)
            return Answer(answer.status, {**answer.body, "detail": _OTHER_WORDS})
        refused = "" if answer.ok else answer.why or f"{owner.capitalize()} refused it."
        if again and _before_its_key(answer):  # which is as good as before
            self.unheard.refused = refused
            return answer
        self.unheard.spent(key, refused)
        self.unheard.answered(key)
        return answer

    def _pass(self, method: str, path: str) -> str:
        plain = unquote(path.partition("?")[0])
        return pass_for(self.secret, self.by, method, plain, wall())


def _before_its_key(answer: Answer) -> bool:
    """Whether an owner may have refused before it looked at the key: that says nothing of what came
    of the same request when it was sent first."""
    early = answer.status in _EARLY or (answer.status, answer.slug) == (422, "invalid")
    return early and not answer.replayed


@dataclass(frozen=True)
class Listed:
    """The items of a list, as far as they were asked for."""

    items: tuple[Mapping[str, Any], ...]
    more: bool
    refused: Answer | None = None
