"""Messages after the course: evaluation, what is missing for a certificate, certificates.

Certificates that are issued together are told together: the message waits a minute after the
first, and for as long as another board's award is granted but not yet on paper, up to half an hour;
its key is that of the first. What is missing is told once per board and condition,
ten minutes after the decision, so that a state of passage does not become a mail. While staff are
asked who was at a session of which nothing is known, it waits for their answer: over a weekend, but
not for ever (decision 78).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from services.notifications.domain.course import Course
from services.notifications.domain.reminders import days_before
from services.notifications.domain.story import SEATED, Held, Story, Wanted

TOGETHER = timedelta(minutes=1)
AT_MOST = timedelta(minutes=30)
SETTLED = timedelta(minutes=10)
PATIENCE = timedelta(days=3)  # for an answer of staff, from when they were asked
REMIND_DAYS = 7
# Asked for by messages of its own, passing, or no news to the one who reads it.
NOT_TOLD = frozenset(
    {
        *("evaluation", "profession", "course_over", "confirmed", "not_cancelled", "declined"),
        "presenter",
    }
)


def certificate_messages(
    story: Story,
    course: Course,
    zone: str,
    held: Iterable[Held],
    stopped: Collection[str] = (),
) -> list[Wanted]:
    """What the learner must hear about evaluation, awards and certificates (domain.md §6).

    Who stopped the requests for evaluations hears of one that a board wants as of all else that is
    missing (`unsubscribing.py`).
    """
    there = tuple(held)
    found = _ready(story, there) + _changed(story)
    if _takes_part(story, course) and not course.cancelled:
        asked = frozenset({"evaluation"}) if "evaluations" in stopped else frozenset()
        not_told = NOT_TOLD - asked
        found += _evaluation(story, course, zone) + _missing(story, course, there, not_told)
    return found


def _takes_part(story: Story, course: Course) -> bool:
    """Whether what they attended may earn something: also where the seat was given up after the
    start, and nothing given back for it (domain.md §2)."""
    if story.state in SEATED:
        return True
    began = min((session.starts_at for session in course.sessions), default=None)
    at = story.gave_nothing_at
    late = began is not None and at is not None and at >= began
    return story.state == "cancelled" and late and bool(story.present)


def _evaluation(story: Story, course: Course, zone: str) -> list[Wanted]:
    ended = course.ended_at
    if ended is None or course.evaluation_days is None:
        return []
    if story.evaluated or story.presents or not story.present:  # nobody rates their own course
        return []
    # It closes that many days after the last session, whenever that was completed.
    last = max(session.ends_at for session in course.held)
    closes = last + timedelta(days=course.evaluation_days)
    about = (story.registration_id, 1)
    found = [Wanted("evaluation_request", *about, ended, closes)]
    remind = days_before(ended, -REMIND_DAYS, zone)
    if remind < closes:
        found.append(Wanted("evaluation_reminder", *about, remind, closes))
    return found


def _missing(
    story: Story, course: Course, held: tuple[Held, ...], not_told: frozenset[str]
) -> list[Wanted]:
    ended = course.ended_at
    if ended is None:
        return []
    answer = [course.asked_at + PATIENCE] if course.asked_at else []
    answer += [course.answered_at + SETTLED] if course.answered_at else []
    due = {
        f"{withheld.board}:{condition}": max(withheld.at + SETTLED, ended + SETTLED, *answer)
        for withheld in story.withheld
        for condition in withheld.conditions
        if condition not in not_told
    }
    return _together("certificate_missing", due, held)


def _ready(story: Story, held: tuple[Held, ...]) -> list[Wanted]:
    # Where one that was granted is still being made, the mail waits for it, but not for ever.
    made = {certificate.board for certificate in story.certificates if certificate.issued_at}
    wait = TOGETHER if story.granted <= made else AT_MOST
    revoked = {one.certificate_id for one in story.certificates if one.revoked_at}
    due = {
        certificate.certificate_id: certificate.issued_at + wait
        for certificate in story.certificates
        # One that replaces another is told of by the message about the replacement; a revoked one
        # was replaced by nothing, so what is issued after it is news of its own.
        if certificate.live
        and certificate.issued_at
        and (not certificate.supersedes or certificate.supersedes in revoked)
    }
    return _together("certificate_ready", due, held)


def _changed(story: Story) -> list[Wanted]:
    by_id = {certificate.certificate_id: certificate for certificate in story.certificates}
    found = []
    for certificate in story.certificates:
        about = (certificate.certificate_id, 1)
        if certificate.superseded_by and certificate.superseded_at:
            new = by_id.get(certificate.superseded_by)
            if new and new.live:
                found.append(Wanted("certificate_superseded", *about, certificate.superseded_at))
        elif certificate.revoked_at:
            found.append(Wanted("certificate_revoked", *about, certificate.revoked_at))
    return found


def _together(template: str, due: dict[str, datetime], held: tuple[Held, ...]) -> list[Wanted]:
    """One message for all that nobody has been told of yet; `due` is when, by what it covers."""
    mine = [one for one in held if one.template == template and one.state != "cancelled"]
    told = {what for one in mine if one.state != "planned" for what in one.covers}
    waiting = next((one for one in mine if one.state == "planned"), None)
    fresh = tuple(what for what in due if what not in told)
    if not fresh:
        return []
    subject = waiting.subject if waiting else fresh[0]
    return [Wanted(template, subject, 1, min(due[what] for what in fresh), None, fresh)]
