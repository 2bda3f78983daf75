"""Which mails also go as a text, and until when one is of use (decision 77).

What is short of time, and nothing else: the way into a session online, another meeting behind it,
a session that is moved or not held within a day, a seat that is kept. The mail goes as always; a
text follows it, by a key of its own, so that neither waits for the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notifications.domain.course import Course, Said, Session
from services.notifications.domain.keys import message_id
from services.notifications.domain.moves import last_told
from services.notifications.domain.story import SEATED, Held, Story
from services.notifications.domain.swaps import swap_messages

SMS = "sms"  # the channel
SOON = timedelta(hours=24)
NOT_AGREED = "they agreed to no texts, or not any more"
OVER = "what it says is over, or somebody else comes"
_ALIVE = ("planned", "sending", "sent", "failed")  # the states of a mail that a text goes with
Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Wish:
    """A text that ought to go out beside a mail. `about`: when what it says takes place, or would
    have; empty where it is about no hour."""

    mail: Held
    use_until: datetime
    about: tuple[Window, ...] = ()

    @property
    def message_id(self) -> str:
        return text_id(self.mail.message_id)


def text_key(mail_key: str) -> str:
    """The key by which a text is sent once: that of its mail, as a text."""
    return f"{mail_key}/sms"


def text_id(mail_id: str) -> str:
    """The id of the text that goes with a mail."""
    return message_id(text_key(mail_id))


def texts_of(story: Story, course: Course, mails: Collection[Held]) -> list[Wish]:
    """The texts that go with the mails there are, to whoever comes now."""
    mine = [one for one in mails if one.person_id == story.person_id]
    found = []
    for mail in mine:
        waits = mail.state == "planned" and mail.reason
        if mail.state not in _ALIVE or waits:
            continue
        others = [one for one in mine if one.message_id != mail.message_id]
        wish = _wish(story, course, mail, last_told(others, mail.subject))
        if wish is not None:
            found.append(wish)
    return found


def decide_texts(
    wishes: Iterable[Wish],
    there: Collection[Held],
    agreed_at: datetime | None,
    now: datetime,
    gone: str = "",
) -> list[Held]:
    """The texts to write, new and changed. None where somebody did not agree (`agreed_at` None), or
    agreed only after the mail was due. What was put off keeps its later hour; what was skipped, or
    is under way, stays as it is. `gone`: why whoever it was for gets nothing any more.
    """
    known = {one.message_id: one for one in there}
    wanted = {
        wish.message_id: wish
        for wish in wishes
        if agreed_at is not None and wish.mail.due_at >= agreed_at and not gone
    }
    written = []
    for id_, wish in wanted.items():
        old = known.get(id_)
        if old is not None and old.state not in ("planned", "cancelled"):
            continue
        late = now > wish.use_until
        if old is None and late:
            continue
        put_off = old.due_at if old is not None and old.state == "planned" else wish.mail.due_at
        new = replace(
            wish.mail,
            message_id=id_,
            state="skipped" if late else "planned",
            due_at=max(wish.mail.due_at, put_off),
            covers=(),
            reason="too late to be of use" if late else "",
            said={},
        )
        if new != old:
            written.append(new)
    why = gone or (OVER if agreed_at is not None else NOT_AGREED)
    written += [
        replace(one, state="cancelled", reason=why)
        for one in known.values()
        if one.state == "planned" and one.message_id not in wanted
    ]
    return written


def _wish(story: Story, course: Course, mail: Held, before: Said | None) -> Wish | None:
    if mail.template == "course_cancelled":
        return _course_cancelled(story, course, mail)
    if course.cancelled:
        return None
    if mail.template == "offer":
        return _offer(story, mail)
    session = next((one for one in course.sessions if one.session_id == mail.subject), None)
    if session is None:
        return None
    if mail.template in ("session_changed", "session_cancelled"):
        return _otherwise(story, session, mail, before)
    way_in = Wish(mail, session.ends_at, ((session.starts_at, session.ends_at),))
    return way_in if _opens(story, course, session, mail) else None


def _offer(story: Story, mail: Held) -> Wish | None:
    held = story.state == "offered" and story.offers and mail.version == len(story.offers)
    return Wish(mail, story.offers[-1].expires_at) if held else None


def _opens(story: Story, course: Course, session: Session, mail: Held) -> bool:
    """Whether it is a way into a session online that leads somewhere: to one in person, or to a
    recording, nobody has to come in time by a link."""
    if mail.template == "meeting_swapped":
        wanted = {(one.subject, one.version) for one in swap_messages(story, course)}
        return (mail.subject, mail.version) in wanted
    held = not session.cancelled and session.version == mail.version
    return mail.template == "join_1h" and held and session.online and story.state in SEATED


def _otherwise(story: Story, session: Session, mail: Held, before: Said | None) -> Wish | None:
    """A session is not as they were told: within a day of the time they know, or of the new one."""
    states = SEATED if session.cancelled else (*SEATED, "requested", "offered")
    said = "session_cancelled" if session.cancelled else "session_changed"
    since = session.changed_at
    if (mail.template, mail.version) != (said, session.version) or story.state not in states:
        return None
    windows = [(session.starts_at, session.ends_at)]
    if before is not None and not before.cancelled:
        windows.append((before.starts_at, before.ends_at))
    ahead = [window for window in windows if since is not None and window[1] > since]
    if since is None or not any(window[0] - since < SOON for window in ahead):
        return None
    return Wish(mail, max(end for _, end in ahead), tuple(ahead))


def _course_cancelled(story: Story, course: Course, mail: Held) -> Wish | None:
    """The next session would have been within a day, and the seat was theirs."""
    at = course.cancelled_at
    ended_by_it = story.state == "cancelled" and story.by_provider
    theirs = story.confirmed_at is not None and (story.state in SEATED or ended_by_it)
    if at is None or not theirs:
        return None
    windows = sorted(
        (one.starts_at, one.ends_at)
        for one in course.sessions
        if one.ends_at > at and (one.cancelled_at is None or one.cancelled_at >= at)
    )
    if not windows or windows[0][0] - at >= SOON:
        return None
    return Wish(mail, windows[0][1], (windows[0],))
