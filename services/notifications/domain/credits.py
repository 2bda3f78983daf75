"""Credits that are about to end: told 30 and 7 days before, while something is left on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from services.notifications.domain.story import Story, Wanted
from shared.dates import zone_of

BEFORE = (30, 7)  # days
_MORNING = time(9)


def ending_credits(story: Story, zone: str, theirs: str) -> list[Wanted]:
    """The notices of all credits that came out of this registration, to whoever holds them.

    In the morning of the learner, who lives in `zone`; of whoever holds one and comes no more, in
    the provider's, `theirs`. Of one that is issued later than that, its own
    mail says when it ends. The first helps until the second comes, so that where a clock jumps over
    both there is one; another end is another notice.
    """
    found: list[Wanted] = []
    for credit in story.ending:
        to = "" if credit.holder in ("", story.person_id) else credit.holder
        moments = [_morning(credit.last_day, days, theirs if to else zone) for days in BEFORE]
        use = [*moments[1:], credit.ends_at]
        for days, due, until in zip(BEFORE, moments, use, strict=True):
            if due >= credit.issued_at:
                version = credit.last_day.toordinal() * 100 + days
                about = (credit.credit_id, version)
                found.append(Wanted("credit_expiring", *about, due, until, to=to))
    return found


def _morning(last: date, days: int, zone: str) -> datetime:
    day = last - timedelta(days=days)
    return datetime.combine(day, _MORNING, zone_of(zone)).astimezone(UTC)
