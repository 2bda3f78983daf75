"""Policies that histories are ruled by, each one that publishing accepts (a test sees to it)."""

from typing import Any

from shared.contracts import reference

ZONE = reference.ZONE


def _policy(*windows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "zone": ZONE, "windows": list(windows)} | more


_STEPS = _policy(
    {"until": {"days_before_start": 30}, "outcome": "refund", "fee": {"percent": 10}},
    {"until": {"days_before_start": 7}, "outcome": "refund", "fee": {"percent": 50}},
    {"until": "start", "outcome": "credit", "fee": 1000, "expires": {"months": 6, "from": "issue"}},
    {"until": "forever", "outcome": "nothing"},
    allocation="pro_rata",
)
_ALWAYS_CREDIT = _policy(
    {"until": {"hours_before_start": 48}, "outcome": "refund"},
    {"until": "forever", "outcome": "credit"},
    allocation="card_first",
    provider_cancels={"outcome": "credit", "fee": 0},
)
_BUSINESS_DAYS = _policy(
    {"until": {"business_days_before_start": 10}, "outcome": "refund", "fee": 2500},
    {"until": "forever", "outcome": "nothing"},
    holidays=["2020-10-12"],
)

# (kind of product, policy); the last is a hole: its fee does not name the kind
POLICIES = [
    ("online_course", reference.POLICY),
    ("four_day_workshop", reference.POLICY),
    ("online_course", _STEPS),
    ("online_course", _ALWAYS_CREDIT),
    ("online_course", _BUSINESS_DAYS),
    ("one_day_workshop", reference.POLICY),
]
PRICES = [19900, 19900, 24900, 4900, 3000, 2500, 1]
