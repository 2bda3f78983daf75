"""Twilio's Programmable Messaging, by its REST API of 2010-04-01: a text is a POST.

    POST /2010-04-01/Accounts/{account}/Messages.json
    To, From or MessagingServiceSid, Body, StatusCallback (a form; Basic account:token)
    201 {"sid": "SM…", "status": "queued", …}, else {"code": 21211, "message": …, "status": 400}

It knows no idempotency keys, so whatever may have arrived and was not answered is unknown. Neither
the number nor its own words, which name it, come out of here in an error.
"""

from __future__ import annotations

from typing import Any

import httpx

from services.notifications.domain.text_outcomes import Texted, UntextedError, answer_of
from shared.runtime.outside import Unknown

SECONDS = 10.0
_LONGEST = 64_000  # bytes of an answer that are read
# Nothing of the request was on the wire yet.
_UNASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Twilio:
    """One account, that sends from one number (E.164) or messaging service (`MG…`)."""

    name = "twilio"

    def __init__(
        self,
        account: str,
        token: str,
        sender: str,
        receipts: str,
        *,
        base: str = "https://api.twilio.com",
        seconds: float = SECONDS,
    ) -> None:
        """`receipts`: the address that receipts go to, but for the message's id."""
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._from = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self._receipts = receipts
        self._client = httpx.AsyncClient(
            base_url=base, auth=(account, token), timeout=seconds, trust_env=False
        )

    async def send(self, text: str, number: str, message_id: str) -> Texted:
        """One try. Raises UntextedError, Unknown."""
        callback = f"{self._receipts}/{message_id}"
        form = {"To": number, "Body": text, "StatusCallback": callback, **self._from}
        try:
            answer = await self._client.post(self._path, data=form)
        except _UNASKED:
            raise UntextedError("away", 0) from None
        except httpx.HTTPError as why:
            raise Unknown(f"the provider did not answer ({type(why).__name__})") from None
        said = _said(answer)
        code = said.get("code")
        code = code if isinstance(code, int) and not isinstance(code, bool) else None
        if answer.is_success:
            sid = said.get("sid")
            if not isinstance(sid, str) or not sid:
                raise Unknown("the provider took it, and says no id")
            return Texted(sid[:100])
        meant = answer_of(answer.status_code, code)
        if meant == "unknown":
            raise Unknown(f"the provider answered {answer.status_code}, which says nothing")
        raise UntextedError(meant, code or answer.status_code)

    async def aclose(self) -> None:
        await self._client.aclose()


def _said(answer: httpx.Response) -> dict[str, Any]:
    """Its JSON; nothing where it is none."""
    if len(answer.content) > _LONGEST:
        return {}
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
