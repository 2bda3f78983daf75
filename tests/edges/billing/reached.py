"""What random histories go through, counted; and how often they must, at least."""

from collections import Counter

from tests.edges.billing.conftest import World

REACHED = {
    "{0}": "SELECT kind AS name, count(*) AS n FROM ledger_transactions GROUP BY 1",
    "paid by {0}": "SELECT tender AS name, count(*) AS n FROM payments GROUP BY 1",
    "credit refused: {0}": """
        SELECT r->>'reason' AS name, count(*) AS n
        FROM registrations, jsonb_array_elements(credits_refused) r GROUP BY 1""",
    "newer policy, {0}": """
        SELECT coalesce(policy_choice, 'nothing') AS name, count(*) AS n FROM settlements
        WHERE policy_now IS NOT NULL GROUP BY 1""",
    "the learner cancels {0}": """
        SELECT CASE WHEN s.requested_at < coalesce(s.starts_at_now, t.starts_at) - interval '14 days'
            THEN 'early' WHEN s.requested_at < coalesce(s.starts_at_now, t.starts_at) THEN 'late'
            ELSE 'after the start' END AS name, count(*) AS n
        FROM settlements s JOIN terms t USING (registration_id)
        WHERE s.cause = 'cancelled' AND s.by = 'learner' AND s.paid_minor > 0 GROUP BY 1""",
    "ended with {0}": """
        SELECT outcome AS name, count(*) AS n FROM settlements
        WHERE cause = 'cancelled' AND paid_minor > 0 AND outcome IS NOT NULL GROUP BY 1""",
    "taxed": "SELECT '' AS name, count(*) AS n FROM terms WHERE tax IS NOT NULL",
    "month closed": "SELECT '' AS name, count(*) AS n FROM closed_months",
}


# Cancellations and moves that came to nothing, of which staff know nothing. What waits for what
# another registration brings waits for the task of that one.
UNDECIDED = """
WITH RECURSIVE came AS (
    SELECT registration_id, registration_id AS out_of FROM registrations
    UNION SELECT c.registration_id, r.transferred_from FROM came c
    JOIN registrations r ON r.registration_id = c.out_of WHERE r.transferred_from IS NOT NULL)
SELECT s.registration_id, s.cause FROM settlements s
WHERE s.settled_at IS NULL AND s.cause IN ('cancelled', 'transferred') AND NOT EXISTS (
    SELECT FROM tasks t JOIN came c ON t.ref = c.out_of AND c.registration_id = s.registration_id
    WHERE t.kind = 'cancellation-undecided' AND t.closed_at IS NULL)
"""


async def counted(world: World) -> Counter[str]:
    """How often each of it was there."""
    found: Counter[str] = Counter()
    for name, sql in REACHED.items():
        for row in await world.rows(sql):
            found[name.format(row["name"])] += row["n"]
    return found


# How often at least, over all worlds.
FLOORS = {
    "invoice-issued": 2_000,
    "invoice-in-full": 35,
    "invoice-reinstated": 50,
    "invoice-voided": 400,
    "captured": 1_000,
    "payment-not-due": 140,
    "moved-in": 30,
    "revenue-earned": 400,
    "correction": 4,
    "cancelled": 300,
    "the learner cancels early": 30,
    "the learner cancels late": 25,
    "the learner cancels after the start": 40,
    "ended with refund": 180,
    "ended with credit": 70,
    "ended with nothing": 50,
    "share_due": 100,
    "transferred": 60,
    "unseated": 8,
    "reopened": 15,
    "goodwill": 50,
    "refund-settled": 300,
    "refund-returned": 20,
    "dashboard-refund": 12,
    "dispute-opened": 80,
    "dispute-won": 30,
    "dispute-won-back": 4,
    "dispute-lost": 35,
    "dispute-reopened": 3,
    "tax": 1_000,
    "taxed": 1_000,
    "credit-goodwill": 500,
    "credit-issued": 5,
    "credit-redeemed": 300,
    "credit-restored": 15,
    "credit-released": 7,
    "credit-expired": 350,
    "credit-unexpired": 8,
    "credit refused: empty": 50,
    "credit refused: unknown": 35,
    "credit refused: not-transferable": 30,
    "paid by transfer": 250,
    "newer policy, nothing": 25,
    "newer policy, snapshot": 30,
    "newer policy, newer": 18,
    "month closed": 500,
}
# Too seldom for the few worlds of a short run.
RARE = {"correction", "dispute-reopened", "dispute-won-back", "unseated"}
# Kinds of transactions that are too seldom for any floor; they have tests of their own.
WITHOUT = {"credit-revoked", "dispute-settled"}


def missed(reached: Counter[str], *, whole: bool) -> dict[str, int]:
    """What there was too seldom, and how often it was there: of a few worlds, a fifth of each floor
    is asked, and once at least."""
    least = {
        what: floor if whole else max(1, floor // 5)
        for what, floor in FLOORS.items()
        if whole or what not in RARE
    }
    return {what: reached[what] for what in least if reached[what] < least[what]}
