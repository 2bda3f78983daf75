"""Invariant 3: seats."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

_SEATED = ("requested", "offered", "confirmed", "completed")


@invariant(3, "Sold, held and offered seats are within the capacity there ever was", "registration")
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


@invariant(3, "The count of seats is the count of registrations that have one", "registration")
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


@invariant(3, "A seat that was taken is released at most once", "registration")
async def seats_are_released_once(outside: Outside) -> AsyncIterator[Finding]:
    # Each step that leaves a seat needs one before it that took one, and no two steps may leave
    # the same state: the state before a step is the one that the step before it came to.
    sql = """
        with steps as (
            select registration_id, act, before, state, lag(state) over (
                partition by registration_id order by revision) as was
            from history
        ), moves as (
            select registration_id,
                count(*) filter (where not (coalesce(before, '') = any($1)) and state = any($1))
                    as taken,
                count(*) filter (where before = any($1) and not state = any($1)) as released,
                string_agg(act, ', ') filter (where was <> before) as broken
            from steps group by 1
        )
        select * from moves where released > taken or broken is not null
    """
    for row in await outside.rows("registration", sql, list(_SEATED)):
        broken = f"; not from where it stood: {row['broken']}" if row["broken"] else ""
        detail = f"taken {row['taken']} times, released {row['released']}{broken}"
        yield Finding(row["registration_id"], detail)
