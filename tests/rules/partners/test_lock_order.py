"""Batches lock and write partners' tables in one order, whichever process runs them."""

from __future__ import annotations

from services.partners import models
from shared.runtime.rows import spec_of

ORDER = (
    "partners keys inbound_items intakes mappings heads occurrences people enrolments endpoints "
    "deliveries streams"
)


def test_the_head_of_the_log_comes_before_what_is_added_to_it():
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()
