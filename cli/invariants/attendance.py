"""Invariant 5: attended seconds; and 4: that what was settled leads back to its evidence."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(5, "Nobody attended longer than the session's window", "attendance")
async def seconds_within_window(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select registration_id, session_id, seconds,
            extract(epoch from s.ends_at - s.starts_at)::bigint as seconds_of_session
        from records r join sessions s using (course_id, session_id)
        where (seconds < 0 or seconds > extract(epoch from s.ends_at - s.starts_at))
          -- one that is open again at another time has yet to be settled by that
          and coalesce(r.schedule_version, s.schedule_version) = s.schedule_version
    """
    for row in await outside.rows("attendance", sql):
        yield Finding(
            f"{row['registration_id']}/{row['session_id']}",
            f"{row['seconds']} of {row['seconds_of_session']} seconds",
        )


@invariant(4, "What is settled of attendance was kept as it was settled", "attendance")
async def records_have_their_settlement(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select r.registration_id, r.session_id, r.seconds, r.evidence_version, t.seconds as kept
        from records r
        left join settlements t using (course_id, session_id, registration_id, evidence_version)
        where (t.seconds, t.present) is distinct from (r.seconds, r.present)
    """
    for row in await outside.rows("attendance", sql):
        yield Finding(
            f"{row['registration_id']}/{row['session_id']}",
            f"version {row['evidence_version']} is {row['seconds']} seconds, kept: {row['kept']}",
        )


# What a version says it rests on, and is not there.
_LINES_GONE = """
    with missing as (
        select course_id, session_id, line as sha256
        from settlements t join sessions s using (course_id, session_id)
        cross join lateral jsonb_array_elements_text(t.lines) line
        where s.expired_at is null
        except select course_id, session_id, sha256 from report_lines
        except select course_id, session_id, sha256 from observations
    )
    select course_id, session_id, count(*) as n from missing
    group by course_id, session_id order by course_id, session_id
"""
_MATCHES_GONE = """
    with missing as (
        select course_id, session_id, match
        from settlements t join sessions s using (course_id, session_id)
        cross join lateral jsonb_array_elements_text(t.matches) match
        where s.expired_at is null
        except select course_id, session_id, unmatched_id || '/' || number from matches
    )
    select course_id, session_id, count(*) as n from missing
    group by course_id, session_id order by course_id, session_id
"""
# A line counts for whom it or another of its participant names, or for whom somebody said.
_NOBODYS = """
    with told as (
        select course_id, session_id, sha256, participant_id, registration_id from observations
        where participant_id is not null
        union all
        select course_id, session_id, sha256, participant_id, registration_id from report_lines
    ), called as (select distinct course_id, session_id, participant_id, registration_id from told)
    select t.course_id, t.session_id, count(distinct l.sha256) as n
    from settlements t join sessions s using (course_id, session_id)
    cross join lateral jsonb_array_elements_text(t.lines) line
    join told l on (l.course_id, l.session_id, l.sha256) = (t.course_id, t.session_id, line)
    left join called c on (c.course_id, c.session_id, c.participant_id, c.registration_id)
        = (t.course_id, t.session_id, l.participant_id, t.registration_id)
    left join matches m on (m.course_id, m.session_id, m.participant_id, m.registration_id)
        = (t.course_id, t.session_id, l.participant_id, t.registration_id)
        and t.matches ? (m.unmatched_id || '/' || m.number)
    where s.expired_at is null and c.registration_id is null and m.registration_id is null
    group by t.course_id, t.session_id order by t.course_id, t.session_id
"""


@invariant(4, "All that attendance was settled by is kept, and says whose it is", "attendance")
async def settlements_have_their_lines(outside: Outside) -> AsyncIterator[Finding]:
    found = [
        (_LINES_GONE, "lines are gone"),
        (_MATCHES_GONE, "matches are gone"),
        (_NOBODYS, "lines counted for whom nothing names"),
    ]
    for sql, what in found:
        for row in await outside.rows("attendance", sql):
            yield Finding(f"{row['course_id']}/{row['session_id']}", f"{row['n']} {what}")
