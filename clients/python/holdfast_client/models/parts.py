"""What `parts` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from holdfast_client.base import Part


class License(Part):
    """`profession` is empty where the person's declared one is meant; `state` a two-letter code."""

    profession: str | None = None
    state: str | None = None
    number: str | None = None


class Money(Part):
    """`amount` minor units of `currency` (ISO 4217); two currencies never mix."""

    amount: int
    currency: str


class PresenceRule(Part):
    """Present is who misses at most `max_missed_seconds` of a session (domain.md §5)."""

    version: int | None = None
    max_missed_seconds: int | None = None
