"""Passes: how one of our services calls another's public API for somebody of staff.

A pass names who it is, and is good for one method on one path, for a minute. It is made with the
platform's secret, so every service knows one without asking, and nothing has to be kept: whoever
finds one in a log can do no more than was done already. What somebody may do, whoever makes the
pass has to ask; the owner sees an operator, and its audit names them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.runtime.tokens import check, mint

PREFIX = "hp_"  # no key begins with it, nor a personal token
GOOD_FOR = timedelta(minutes=1)
_KIND = "pass"


def pass_for(secret: str, by: str, method: str, path: str, now: datetime) -> str:
    """A pass for that call, as a bearer token.

    `by` goes into the owner's audit; `path` is as the owner sees it, decoded and without a query;
    `now` is the wall clock's, at both ends.
    """
    until = int((now + GOOD_FOR).timestamp())
    return PREFIX + mint(secret, _KIND, _said(method, path, by), until)


def passed(secret: str, bearer: str, method: str, path: str, now: datetime) -> str | None:
    """By whom, where the pass is genuine, for this very call, and not too old; else None."""
    if not bearer.startswith(PREFIX):
        return None
    known = check(secret, _KIND, bearer.removeprefix(PREFIX))
    if known is None:
        return None
    said, until = known
    begin = _said(method, path, "")
    if not said.startswith(begin) or now.timestamp() >= until:
        return None
    return said.removeprefix(begin) or None


def _said(method: str, path: str, by: str) -> str:
    # The length tells where a path ends, whatever stands in it.
    return f"{method.upper()}\n{len(path)}\n{path}\n{by}"
