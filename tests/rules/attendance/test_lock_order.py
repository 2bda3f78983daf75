"""Batches lock and write attendance's tables in one order, whichever process runs them."""

from __future__ import annotations

from services.attendance import models
from shared.runtime.rows import spec_of

ORDER = """
courses sessions meetings registrations formers people registrants unmatched matches observations report_lines
uploads withdrawals corrections correction_reasons settlements records report_fetches
"""
NO_TABLES = {"Base"}


def test_the_session_comes_before_all_that_is_decided_about_it():
    rows = [getattr(models, name) for name in models.__all__ if name not in NO_TABLES]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()
