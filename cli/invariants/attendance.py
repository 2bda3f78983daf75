"""Invariant 5: attended seconds."""

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
