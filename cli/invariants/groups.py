"""Invariant 9, of groups: everybody on a group's one invoice was heard of."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(9, "Everybody who is on a group's invoice was heard of, once", "billing")
async def groups_are_whole(outside: Outside) -> AsyncIterator[Finding]:
    """Whoever was moved to another course has a registration of that group there, that was never
    ordered with it; the one that was ordered stands as well."""
    sql = """
        select g.group_id, g.size, g.heard, count(r.*) as known
        from group_orders g left join registrations r
            on r.group_id = g.group_id and r.transferred_from is null
        group by g.invoice_id having g.heard <> g.size or count(r.*) <> g.size
    """
    for row in await outside.rows("billing", sql):
        detail = f"{row['size']} ordered, {row['heard']} heard, {row['known']} known"
        yield Finding(row["group_id"], detail)
