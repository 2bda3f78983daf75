"""Answers that were kept for their keys, and are not to be said again: somebody was erased."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_core import to_json

from shared.runtime.work import Work

# A look at all answers of three days; an id is 36 characters, so nothing else has it within.
_WITHHOLD = """
UPDATE idempotency_keys SET status = 410, body = to_jsonb($2::text)
WHERE (scope LIKE ANY($1) OR body #>> '{}' LIKE ANY($1)) AND scope <> $3
"""
_GONE = to_json(
    {
        "type": "/problems/answer-erased",
        "title": "Answer erased",
        "status": 410,
        "detail": "This was answered, and done; whom it was about has been erased since.",
        "errors": [],
        "trace_id": "",
    }
).decode()


def withhold(work: Work, ids: Sequence[str]) -> None:
    """Whatever was answered about these ids is not said again. The keys stay, so that nothing is
    done twice. Whoever asked for this very thing, and lost the answer, is given it again."""
    about = [f"%{one}%" for one in ids]
    work.also.append((_WITHHOLD, (about, _GONE, work.origin.scope)))
