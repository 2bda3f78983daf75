"""The policy document, read from JSON (interfaces.md §10 "Policy grammar", domain.md §2).

`read` takes any JSON and gives a `Policy`, or says every fault at once with JSON pointers.
Evaluating a policy is billing's alone; its parts, checks and words are in the files beside this.
"""

from __future__ import annotations

from typing import Any

from shared.contracts import policy_checks, policy_parts, policy_windows
from shared.contracts.policy_checks import holes
from shared.contracts.policy_faults import Faults, clean, unclean
from shared.contracts.policy_model import Expiry, Fee, Policy, ProviderCancels, Until, Window
from shared.contracts.policy_words import text_of
from shared.errors import Invalid, fault

__all__ = [
    "Expiry",
    "Fee",
    "Policy",
    "PolicyInvalid",
    "PolicyUndefined",
    "ProviderCancels",
    "Until",
    "Window",
    "document",
    "examine",
    "holes",
    "read",
    "require_defined",
    "text_of",
]

_KNOWN = frozenset(
    {
        "version",
        "zone",
        "deliveries",
        "windows",
        "allocation",
        "provider_cancels",
        "holidays",
        "text",
        "name",
        "notes",
    }
)


class PolicyInvalid(Invalid, ValueError):
    """Not a policy, or one that contradicts itself; `errors` has all that is wrong."""

    slug = "policy-invalid"


class PolicyUndefined(Invalid):
    """The policy has a hole for this kind of product or delivery; `errors` names it."""

    slug = "policy-undefined"


def examine(
    given: Any, at: str = "", *, paid: int | None = None
) -> tuple[Policy | None, list[dict[str, str]]]:
    """The policy, or None and every fault; pointers begin with `at`.

    "Never more cash for a later request" is checked for every amount that could be paid, as
    publishing must; a quote names the one amount `paid` (minor units) that it is about.
    """
    if not isinstance(given, dict):
        return None, [fault(at, "A policy is an object with version, zone and windows.")]
    found = Faults()
    found.unknown(at, given, _KNOWN)
    odd = unclean(given)
    if odd is not None:
        found.note(at, odd)
    for field in ("text", "name", "notes"):
        if given.get(field) is not None and clean(given[field], 100_000) is None:
            found.note(f"{at}/{field}", "It is text of at most 100,000 characters.")
    text = given.get("text")
    version = policy_parts.version(found, f"{at}/version", given.get("version"))
    zone = policy_parts.zone(found, f"{at}/zone", given.get("zone"))
    deliveries = policy_parts.deliveries(found, f"{at}/deliveries", given.get("deliveries"))
    allocation = policy_parts.allocation(found, f"{at}/allocation", given.get("allocation"))
    holidays = policy_parts.holidays(found, f"{at}/holidays", given.get("holidays"))
    ours = given.get("provider_cancels")
    provider = policy_parts.provider_cancels(
        found, f"{at}/provider_cancels", {} if ours is None else ours
    )
    windows = _windows(found, f"{at}/windows", given.get("windows"), paid)
    if found:
        return None, list(found)
    words = text or ""
    policy = Policy(version, zone, windows, deliveries, allocation, provider, holidays, words)
    return policy, []


def read(given: Any, at: str = "", *, paid: int | None = None) -> Policy:
    """The policy; `PolicyInvalid` with every fault otherwise (`paid`: see `examine`)."""
    policy, found = examine(given, at, paid=paid)
    if policy is None:
        raise PolicyInvalid("The policy cannot be read as one.", errors=found)
    return policy


def require_defined(policy: Policy, kind: str, delivery: str, at: str = "") -> None:
    """Refuse with `PolicyUndefined` where the policy leaves a hole."""
    found = holes(policy, kind, delivery, at)
    if found:
        raise PolicyUndefined(" ".join(each["detail"] for each in found), errors=found)


def document(given: dict[str, Any], currency: str | None = None) -> dict[str, Any]:
    """A valid document as JSON to be kept and said: days as text, words filled in."""
    kept: dict[str, Any] = {"allocation": "credit_first"} | given
    if given.get("holidays"):
        kept["holidays"] = [str(day) for day in given["holidays"]]
    return kept | {"text": text_of(read(given), currency)}


def _windows(found: Faults, at: str, given: Any, paid: int | None) -> tuple[Window, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= 50:
        found.note(at, "It is a list of 1 to 50 windows, the earliest first.")
        return ()
    read_so_far = [
        policy_windows.window(found, f"{at}/{place}", one) for place, one in enumerate(given)
    ]
    windows = tuple(one for one in read_so_far if one is not None)
    if len(windows) == len(given):
        found.extend(policy_checks.order(windows, at))
        found.extend(policy_checks.cash(windows, at, paid))
    return windows
