"""Billing's verbs. Each takes `work`, and none commits."""
