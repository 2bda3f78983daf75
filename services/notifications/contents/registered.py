"""The sentence that says what somebody is registered for.

Whole for each way in which a course is held: other languages bend the words around it.
"""

from __future__ import annotations

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common
from shared.languages import marked

_ONE = {
    "live_online": marked("You are registered for %(title)s, live online, on %(day)s."),
    "in_person": marked("You are registered for %(title)s, in person, on %(day)s."),
    "recorded": marked("You are registered for %(title)s, a recording, from %(day)s."),
}
_ONE_LIVE = marked("You are registered for %(title)s, live, on %(day)s.")
_SEVERAL = {
    "live_online": marked(
        "You are registered for %(title)s: %(number)s live online sessions, from %(day)s to "
        "%(last)s."
    ),
    "in_person": marked(
        "You are registered for %(title)s: %(number)s in-person sessions, from %(day)s to %(last)s."
    ),
    "recorded": marked(
        "You are registered for %(title)s: %(number)s recorded sessions, from %(day)s to %(last)s."
    ),
    "mixed": marked(
        "You are registered for %(title)s: %(number)s in-person and online sessions, from %(day)s "
        "to %(last)s."
    ),
}
_SEVERAL_LIVE = marked(
    "You are registered for %(title)s: %(number)s live sessions, from %(day)s to %(last)s."
)


def registered(case: Case, c: Common) -> str:
    """For which course, how it is held, and from when to when."""
    sessions, how = c.names["sessions"], case.course.body["delivery"]
    facts = {"title": case.course.body["title"], "day": sessions[0]["day"]}
    if len(sessions) == 1:
        return c.tongue.say(_ONE.get(how, _ONE_LIVE), **facts)
    said = _SEVERAL.get(how, _SEVERAL_LIVE)
    return c.tongue.say(said, **facts, number=len(sessions), last=sessions[-1]["day"])
