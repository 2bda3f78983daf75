"""The Message-ID of a mail: the message's own id, and what only a recipient can know.

What comes back is believed where it names one (decision 73). A message's id alone is no secret: it
is made of other ids, and facts say it; so beside it stands a MAC. `<id.mac@learn.example>`; a copy
has the same, so that readers know it for one.
"""

from __future__ import annotations

import hmac
import re

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def header_id(message_id: str, secret: str, domain: str) -> str:
    """`<id.mac@domain>`."""
    return f"<{message_id}.{_mac(secret, message_id)}@{domain}>"


def ours_in(said: str, secret: str, domain: str) -> list[str]:
    """The messages' ids that are named there by such headers of ours, in order."""
    named = re.findall(rf"<({_UUID})\.([0-9a-f]{{16}})@{re.escape(domain)}>", said.lower())
    return [one for one, mac in named if hmac.compare_digest(_mac(secret, one), mac)]


def _mac(secret: str, message_id: str) -> str:
    return hmac.digest(secret.encode(), f"header\x00{message_id}".encode(), "sha256").hex()[:16]
