"""A complaint is kept and an answer promised; then it was answered (domain.md §9a).

What was written is theirs and stands at their registration; no fact carries it. Both are told in
every state of a registration: a complaint is often about how it ended.
"""

from __future__ import annotations

from services.notifications.domain.story import Story, Wanted


def complaint_messages(story: Story) -> list[Wanted]:
    """By when there is an answer, and that it is there: to who complained, as long as it is they
    who have the page on which it stands."""
    found = []
    made, answer = story.complained, story.complaint_answered
    answered = answer is not None and (made is None or answer.number > made.number)
    if made is not None and made.by == story.person_id and not answered:
        found.append(Wanted("complaint_received", story.registration_id, made.number, made.at))
    if answer is not None and answer.to == story.person_id:
        found.append(Wanted("complaint_answered", story.registration_id, answer.number, answer.at))
    return found
