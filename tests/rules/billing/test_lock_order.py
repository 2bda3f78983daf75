"""Batches lock and write billing's tables in one order, whichever process runs them."""

from __future__ import annotations

from services.billing import models
from shared.runtime.rows import spec_of

ORDER = """
registrations terms group_orders invoices invoice_lines checkouts payments payment_parts disputes
dispute_parts settlements refunds credits credit_entries credit_notes document_files
ledger_transactions ledger_entries closed_months month_closings gateway_events gateway_cursors
gateway_movements reconciliations findings courses held_sessions attended certificates people sellers
counters
"""


def test_the_registration_comes_first_and_the_counters_last():
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    specs = sorted((spec_of(row) for row in rows), key=lambda spec: spec.order)
    assert [spec.name for spec in specs] == ORDER.split()


def test_what_is_only_added_to_has_its_guard_before_it():
    """Rows of such a table are read unlocked: whoever adds to it holds a row of an earlier one."""
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    order = {spec_of(row).name: spec_of(row).order for row in rows}
    guards = {
        "gateway_movements": "gateway_cursors",
        "invoices": "registrations",
        "invoice_lines": "registrations",
        "credit_entries": "credits",
        "credit_notes": "registrations",
        "document_files": "registrations",
        "sellers": "courses",
        "ledger_transactions": "registrations",
        "ledger_entries": "registrations",
        "month_closings": "closed_months",
    }
    append_only = {spec_of(row).name for row in rows if spec_of(row).append_only}
    # Months are closed one after another under a lock of the books' own, for none may be first.
    assert append_only == {*guards, "closed_months"}
    assert all(order[guard] < order[name] for name, guard in guards.items())
