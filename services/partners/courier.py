"""Carries events to endpoints: the outside half of webhooks, with no transaction open.

Strands go out side by side, as many as the endpoint wants. A round ends early where more of it
would only cost: the circuit is about to open, nobody answers, or the endpoint asks for a rest. What
was not tried then is for another round.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from time import monotonic

import httpx
import structlog

from services.partners.domain import answers
from services.partners.domain.answers import Outcome, outcome_of
from services.partners.domain.endpoints import TRIP
from services.partners.domain.rounds import Parcel
from services.partners.domain.signing import headers_of
from services.partners.domain.trips import Round, Tried, Trip
from services.partners.secrets import WebhookSecrets
from shared.runtime.addresses import NotPublic
from shared.runtime.clock import wall
from shared.runtime.outward import Outward

log = structlog.get_logger(__name__)
ANSWER = 15.0  # seconds that an endpoint has for one event
BEGINS = 20.0  # seconds in which a round begins anything
LEASE_SECONDS = 60
_MOST = 4_096  # bytes of an answer that are read: it says nothing that we need
_COSTLY = (answers.NO_ANSWER, answers.GONE)


class Courier:
    """Made once in `app.py`; once `ending` is set, no round begins anything more: what it has sent
    by then is recorded, and not sent again by the next process. `answer` and `begins` in seconds
    are for tests."""

    def __init__(
        self,
        way: Outward,
        secrets: WebhookSecrets,
        ending: asyncio.Event,
        answer: float = ANSWER,
        begins: float = BEGINS,
    ) -> None:
        self._way = way
        self._secrets = secrets
        self._ending = ending
        self._answer = answer
        self._begins = begins

    async def aclose(self) -> None:
        await self._way.aclose()

    async def deliver(self, round_: Round) -> Trip:
        """One round; whatever an endpoint does is an outcome, never an error."""
        strands, tried = deque(round_.strands), list[Tried]()
        secrets = [
            self._secrets.of(round_.endpoint_id, version) for version in round_.secret_versions
        ]
        until, failures, ends = monotonic() + self._begins, round_.failures, False

        def is_over() -> bool:
            return ends or self._ending.is_set() or monotonic() >= until

        async def carry() -> None:
            nonlocal failures, ends
            while strands and not is_over():
                for parcel in strands.popleft():
                    if is_over():
                        break
                    began = monotonic()
                    outcome = await self._send(round_, secrets, parcel)
                    tried.append(Tried(parcel, outcome, monotonic() - began))
                    failures = 0 if outcome.taken else failures + 1
                    costly = outcome.rest > 0 or outcome.reason in _COSTLY
                    ends = ends or costly or failures >= TRIP
                    if not outcome.taken:
                        break

        async with asyncio.TaskGroup() as group:
            for _ in range(min(round_.concurrency, len(strands))):
                group.create_task(carry())
        return Trip(tried)

    async def _send(self, round_: Round, secrets: Sequence[bytes], parcel: Parcel) -> Outcome:
        now = wall()
        signed = headers_of(secrets, parcel.event_id, int(now.timestamp()), parcel.body)
        headers = {
            **signed,
            "content-type": "application/cloudevents+json",
            "user-agent": "Holdfast-Webhooks/1",
        }
        try:
            said = await self._way.post(
                round_.url,
                parcel.body,
                headers,
                seconds=self._answer,
                most=_MOST,
                to=round_.endpoint_id,
            )
        except NotPublic:
            return Outcome(answers.NOT_PUBLIC)
        except TimeoutError:
            return Outcome(answers.NO_ANSWER)
        except (httpx.ConnectError, OSError):
            return Outcome(answers.UNREACHABLE)
        except httpx.HTTPError:
            return Outcome(answers.BROKEN)
        except Exception as why:  # or the round is never recorded, and what went well goes again
            log.exception("webhook.not_sent", event_id=parcel.event_id, error=type(why).__name__)
            return Outcome(answers.BROKEN)
        return outcome_of(said.status, said.headers.get("retry-after"), now)
