"""Invariant 5: attended seconds; and 4: that what was settled leads back to its evidence."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(5, "Nobody attended longer than the session's window", "attendance")
async def seconds_within_window(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select registration_id, session_id, seconds,
            extract(epoch from s.ends_at - s.starts_at)::bigint as seconds_of_session
        from records r join sessions s using (course_id, session_id)
        where seconds < 0 or seconds > extract(epoch from s.ends_at - s.starts_at)
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


@invariant(4, "Every line that attendance was settled by is kept", "attendance")
async def settlements_have_their_lines(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        with missing as (
            select course_id, session_id, line as sha256
            from settlements t join sessions s using (course_id, session_id)
            cross join lateral jsonb_array_elements_text(t.lines) line
            where s.expired_at is null
            except select course_id, session_id, sha256 from report_lines
            except select course_id, session_id, sha256 from observations
        )
        select course_id, session_id, count(*) as lines from missing
        group by course_id, session_id order by course_id, session_id
    """
    for row in await outside.rows("attendance", sql):
        yield Finding(f"{row['course_id']}/{row['session_id']}", f"{row['lines']} lines are gone")
