"""Invariant 9, of groups: everybody on a group's one invoice was heard of."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant


@invariant(9, "Everybody who is on a group's invoice was heard of, once", "billing")
async def groups_are_whole(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select g.group_id, g.size, g.heard, count(r.*) as known
        from group_orders g left join registrations r on r.group_id = g.group_id
        group by g.invoice_id having g.heard <> g.size or count(r.*) <> g.size
    """
    for row in await outside.rows("billing", sql):
        detail = f"{row['size']} ordered, {row['heard']} heard, {row['known']} known"
        yield Finding(row["group_id"], detail)
