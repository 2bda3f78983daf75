"""What a course has to do with others: which must come before it, of which it is the recording.

Both name courses by their id. One that nobody published yet is no fault: the first of two that
name each other's future has to be published first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.domain.reading import Node, is_slug


def read_prerequisites(node: Node, course_id: str) -> list[str]:
    """Courses of which a certificate is needed to register; all of them."""
    found = [(each, each.slug()) for each in node.items(most=20)]
    for each, named in found:
        if named == course_id:
            each.wrong("A course does not come before itself.")
    for named, times in Counter(named for _, named in found).items():
        if times > 1 and named:
            node.wrong(f"The course {named} is there {times} times.")
    return [named for _, named in found if named]


def read_recording_of(node: Node, course_id: str, delivery: str) -> str | None:
    """The live course that is sold here as a recording: another activity, with its own approvals.

    Nothing is taken over from it. It is kept for whoever asks what was recorded.
    """
    if node.absent:
        return None
    named = node.slug()
    if named == course_id:
        node.wrong("A recording is a course of its own, with an id of its own.")
    if delivery != "recorded":
        node.wrong("Only a course whose delivery is recorded is the recording of another.")
    return named or None


def named_by(body: Any) -> list[str]:
    """The courses that a file names, as far as it can be read; each once."""
    if not isinstance(body, dict):
        return []
    listed = body.get("prerequisites")
    named = [*(listed if isinstance(listed, list) else [])[:20], body.get("recording_of")]
    return sorted({one for one in named if is_slug(one)})


def odd_relations(
    document: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
) -> Sequence[str]:
    """What is odd about them, with the documents of those that are published."""
    recorded = document["recording_of"]
    needed = [(each, "prerequisites") for each in document["prerequisites"]]
    named = [*needed, *([(recorded, "recording_of")] if recorded else [])]
    unknown = [f"/{at}: nobody published {each} yet." for each, at in named if each not in others]
    live = others.get(recorded or "", {}).get("activity_number")
    if live and live == document["activity_number"]:
        unknown.append(
            f"/activity_number is that of {recorded}: a recording is an activity of its own, "
            "and has approvals of its own."
        )
    return unknown
