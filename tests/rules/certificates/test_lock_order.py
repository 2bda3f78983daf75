"""Batches lock and write certificates' tables in one order, whichever process runs them."""

from __future__ import annotations

from services.certificates import models
from shared.runtime.rows import spec_of

ORDER = """
courses people registrations item_banks attempts evaluations awards certificates documents
document_files duplicates reports report_files report_lines report_outcomes signing_keys status_counters
"""
NO_TABLES = {"Base", "DUPLICATE", "SIGNED", "NO_BOARD", "PARTICIPATION", "PRESENTER"}


def test_the_course_comes_before_all_that_is_decided_about_it():
    rows = [getattr(models, name) for name in models.__all__ if name not in NO_TABLES]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()
