"""Billing's rules: pure functions from facts to decisions (domain.md §2, §3)."""
