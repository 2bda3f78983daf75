"""Notices in a mail server's own words, without the fields of a report (qmail, Exim, Domino, …).

Only what a mail system wrote is read so: an absence note may quote anything. And only what stands
above the copy of the mail that came back. Anybody can send such a mail, of any length: no pattern
here may look at it again and again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.notifications.domain.bounces import Kind, code_in, meaning, says_for_good

_SYSTEM = re.compile(r"mailer-?daemon|postmaster|mail ?delivery|mail-?system", re.IGNORECASE)
_QMAIL = re.compile(r"^hi\. this is the .{0,80}program at ", re.IGNORECASE | re.MULTILINE)
_COPY = re.compile(
    r"^(?:-{3}|>?[ \t]{0,8}(?:return-path|received|message-id):)",
    re.IGNORECASE | re.MULTILINE,
)
_WAITS = re.compile(
    r"delayed|will be retried|will (?:keep|continue)|still (?:trying|being)|no action is required"
    r"|verz(?:ö|oe)gert|weiter(?:hin)? versucht",
    re.IGNORECASE,
)
_WHOM = re.compile(r"([^\s<>:;,()@]{1,64}@[^\s<>:;,()@]{1,255})")
_OTHER: tuple[Kind, str, str] = "other", "", ""


def told_in_words(headers: Mapping[str, str], text: str) -> tuple[Kind, str, str]:
    """(kind, code, recipient) of a notice; `other` where it is none. `headers` by lower name."""
    failed = headers.get("x-failed-recipients", "")
    qmail = _QMAIL.search(text[:500])
    if not (failed or qmail or _SYSTEM.search(headers.get("from", ""))):
        return _OTHER
    said = _above_the_copy(text)
    words = " ".join(said.split())
    code = code_in(words)
    if _WAITS.search(words) and code[:1] != "5":
        return "delayed", code, _whom(failed or said)
    if not code and not failed and not says_for_good(words):
        return _OTHER
    kind, code = meaning("failed", code, words)
    if not code and says_for_good(words):
        kind = "hard"
    return kind, code, _whom(failed or said)


def _above_the_copy(text: str) -> str:
    found = _COPY.search(text)
    return text[: found.start()] if found else text


def _whom(said: str) -> str:
    found = _WHOM.search(said)
    return found[1] if found and found[1].isprintable() else ""
