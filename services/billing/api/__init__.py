"""Billing's HTTP: a file a resource (interfaces.md §3)."""
