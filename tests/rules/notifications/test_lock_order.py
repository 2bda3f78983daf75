"""Batches lock and write notifications' tables in one order, whichever process runs them."""

from __future__ import annotations

from services.notifications import models
from shared.runtime.rows import spec_of

ORDER = """
courses people completions swaps registrations credits messages calendar_entries suppressions
staff_tasks bounces unsubscribed post_boxes overrides override_versions text_counts text_replies
"""


def test_copies_come_before_the_messages_that_are_made_of_them():
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()
