"""What a returned mail means: of the address for good, of this mail only, or nothing yet.

From the enhanced status (RFC 3463) where it says something, else from the words beside it, for many
servers give 5.0.0 or 5.7.1 to whoever does not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["hard", "soft", "delayed", "complaint", "other"]
"""`hard`: never to that address again. `soft`: this mail did not arrive, another one may.
`delayed`: it is still tried. `complaint`: who got it called it unwanted. `other`: none of these."""

# Where one of these did not arrive, somebody comes in vain, or not at all.
CANNOT_WAIT = frozenset(
    {"join_1h", "meeting_swapped", "session_changed", "session_cancelled", "course_cancelled"}
)
# No such mailbox or domain (5.1.x), mailbox closed (5.2.1), no way to the domain (5.4.4; 5.4.310 of
# Exchange: there is no such domain). 5.1.7 and 5.1.8 are about the sender.
_NOBODY = re.compile(r"5\.1\.(?:0|1|2|3|4|6|9|10)|5\.2\.1|5\.4\.(?:4|310)")
_SAYS_LITTLE = re.compile(r"5\.0\.0|5\.4\.1|5\.5\.0|5\.7\.1|")
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|full mailbox|postfach (?:ist )?voll\b", re.IGNORECASE
)
_IN_WORDS = re.compile(
    r"(?:user|recipient|mailbox|account|address) (?:\S+ )?"
    r"(?:is )?(?:unknown|not found|unavailable|disabled|gone|does(?: not|n't) exist)"
    r"|unknown (?:user|recipient|mailbox|local)|no such (?:user|recipient|mailbox|address|account)"
    r"|no mailbox here|recipient address rejected|invalid (?:recipient|mailbox)"
    r"|(?:couldn't|could not|wasn't|was not|can't) be found"
    r"|(?:unbekannter|unknown) (?:empf\w+|benutzer|nutzer)|(?:empf\w+|benutzer|adresse) unbekannt"
    r"|(?:nicht gefunden|existiert nicht|nicht vorhanden)",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")


@dataclass(frozen=True)
class Returned:
    """A mail that came back, read. `digest` is its own, by which a copy is known for one.

    `message_ids` are those of ours that it may be about (ids, not headers), the likeliest first;
    `came_to` the addresses that it was delivered to, for what they say (`verp.py`); `recipient`
    whom it could not reach, as it says; `code` an enhanced status or an SMTP reply, or "".
    """

    kind: Kind
    digest: str
    message_ids: tuple[str, ...] = ()
    came_to: tuple[str, ...] = ()
    recipient: str = ""
    code: str = ""


def meaning(action: str, status: str, words: str) -> tuple[Kind, str]:
    """(kind, code) of one recipient's fate: `action` and `status` of RFC 3464, `words` of the
    diagnostic or of the whole notice. A status that says little gives way to one in the words."""
    if action == "delayed":
        return "delayed", status
    if action != "failed":  # delivered, relayed, expanded
        return "other", status
    code = code_in(status) or code_in(words)
    if code.endswith(".0.0"):
        code = _enhanced(words) or code
    if _NOBODY.fullmatch(code):
        return "hard", code
    plain = code[:1] == "5" and (_SAYS_LITTLE.fullmatch(code) or "." not in code)
    if plain and not _FULL.search(words) and _IN_WORDS.search(words):
        return "hard", code
    return "soft", code


def code_in(words: str) -> str:
    """The first enhanced status, else the first SMTP reply, else nothing."""
    reply = _REPLY.search(words)
    return _enhanced(words) or (reply[1] if reply else "")


def says_for_good(words: str) -> bool:
    """Whether words without any code say that there is nobody of that name."""
    return bool(_IN_WORDS.search(words)) and not _FULL.search(words)


def _enhanced(words: str) -> str:
    found = _ENHANCED.search(words)
    return found[1] if found else ""
