"""Somebody else comes instead: whoever came before is told, and their calendar is cleared."""

from __future__ import annotations

from services.notifications.domain.story import Story, Wanted


def substitution_messages(story: Story) -> list[Wanted]:
    """One message to each former person; who came back meanwhile comes, and is told that."""
    return [
        Wanted("substituted", story.registration_id, one.version, one.at, to=one.former)
        for one in story.substitutions
        if one.former != story.person_id
    ]
