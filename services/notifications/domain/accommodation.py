"""What somebody needs to take part was answered: they are told that it was (domain.md §9a).

What was asked and answered is theirs and stands at their registration; no fact carries it.
"""

from __future__ import annotations

from services.notifications.domain.story import Story, Wanted

_ENDED = frozenset({"cancelled", "transferred", "expired", "lapsed", "unseated"})


def accommodation_messages(story: Story) -> list[Wanted]:
    """One an answer, the last only, to who asked; a colleague who comes instead did not."""
    last = story.answered
    if last is None or last.to != story.person_id or story.state in _ENDED:
        return []
    return [Wanted("accommodation_answered", story.registration_id, last.number, last.at)]
