"""The fake of the sandbox: texts are kept beside the mails, where developers and tests read them
(`stack/mailbox.py`, `POST /api/texts`). Nothing goes to a telephone."""

from __future__ import annotations

import httpx

from services.notifications.domain.text_outcomes import Texted, UntextedError
from shared.runtime.outside import Unknown

SECONDS = 5.0


class MailboxTexts:
    """A provider that keeps what it is given."""

    name = "mailbox"

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=SECONDS, trust_env=False)

    async def send(self, text: str, number: str, message_id: str) -> Texted:
        """One try. Raises UntextedError, Unknown."""
        body = {"to": number, "text": text, "message_id": message_id}
        try:
            answer = await self._client.post("/api/texts", json=body)
            answer.raise_for_status()
            return Texted(str(answer.json()["id"]))
        except httpx.ConnectError:
            raise UntextedError("away", 0) from None
        except (httpx.HTTPError, ValueError, KeyError) as why:
            raise Unknown(f"the mailbox did not say ({type(why).__name__})") from None

    async def aclose(self) -> None:
        await self._client.aclose()
