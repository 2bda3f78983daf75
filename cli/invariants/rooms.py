"""Invariants 3, 4 and 5: seats, live certificates, attended seconds."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(3, "Sold, held and offered seats are within the capacity there ever was")
async def seats_within_capacity(outside: Outside) -> AsyncIterator[Finding]:
    # A capacity that was lowered throws nobody out, so the largest one published counts.
    sql = """
        select course_id, sold + held + offered as taken, greatest(capacity, (
            select max((document ->> 'capacity')::int) from course_versions v
            where v.course_id = s.course_id)) as capacity
        from seats s
    """
    for row in await outside.rows("registration", sql):
        if row["taken"] > row["capacity"]:
            yield Finding(row["course_id"], f"{row['taken']} of {row['capacity']} seats are taken")


@invariant(3, "The count of seats is the count of registrations that have one")
async def seats_are_counted(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select course_id, s.sold, s.held, s.offered, s.waiting,
            count(r.*) filter (where r.seat = 'sold') as has_sold,
            count(r.*) filter (where r.seat = 'held') as has_held,
            count(r.*) filter (where r.seat = 'offered') as has_offered,
            count(r.*) filter (where r.state = 'waitlisted') as has_waiting
        from seats s left join registrations r using (course_id) group by 1, 2, 3, 4, 5
    """
    for row in await outside.rows("registration", sql):
        for kind in ("sold", "held", "offered", "waiting"):
            if row[kind] != row[f"has_{kind}"]:
                detail = f"{kind}: counted {row[kind]}, registrations {row[f'has_{kind}']}"
                yield Finding(row["course_id"], detail)


@invariant(4, "At most one live certificate per registration and board")
async def one_live_certificate(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select registration_id, board, count(*) as live from certificates "
        "where status = 'valid' group by 1, 2 having count(*) > 1"
    )
    for row in await outside.rows("certificates", sql):
        yield Finding(row["registration_id"], f"{row['live']} live certificates for {row['board']}")


@invariant(4, "A live certificate carries the credits of its granted award")
async def certificates_say_what_was_granted(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select certificate_id, c.board, c.credits, c.sha256, a.status, a.credits as granted
        from certificates c left join awards a using (registration_id, board)
        where c.status = 'valid' and c.board <> 'participation' and not c.by_staff
            and not coalesce(a.held, false)
            and (a.status is distinct from 'granted' or a.credits <> c.credits or c.sha256 = '')
    """
    for row in await outside.rows("certificates", sql):
        yield Finding(
            row["certificate_id"],
            f"{row['board']}: certificate over {row['credits']}, award {row['status']} over "
            f"{row['granted']}, document {row['sha256'][:8] or 'missing'}",
        )


@invariant(5, "Nobody attended longer than the session's window")
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
