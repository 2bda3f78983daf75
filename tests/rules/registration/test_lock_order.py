"""Batches lock and write registration's tables in one order, whichever process runs them."""

from __future__ import annotations

from services.registration import models
from shared.runtime.rows import spec_of

ORDER = """
seats courses price_codes course_versions withdrawals submissions registrations choices people
person_changes history words invoices certificates prerequisites_met sessions_completed credits
"""


def test_the_seats_of_a_course_come_first():
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()
