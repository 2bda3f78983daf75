"""The account of one registration: all that a decision about its money looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.billing.commands.parts import (
    Came,
    awaits_value,
    came_by,
    credit_parts,
    paid_parts,
    share_from,
    spent_entries,
    standing_of,
    was_confirmed,
)
from services.billing.commands.posting import balances
from services.billing.domain.decision import Paid
from services.billing.domain.ledger import with_tax
from services.billing.domain.share import Share
from services.billing.domain.standing import Schedule, Standing, on_account
from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
    Terms,
)
from shared.runtime.rows import where
from shared.runtime.work import Work

ENDS = frozenset({"cancelled", "unseated", "transferred"})  # causes after which nothing is owed


@dataclass(frozen=True)
class Account:
    """Looks into `work`: what it gives is always as the last `put` left it."""

    work: Work
    registration_id: str

    @property
    def registration(self) -> Registration:
        """The registration; a stub at least, whenever anything was heard of it."""
        found = self.work.get(Registration, self.registration_id)
        assert found is not None
        return found

    @property
    def terms(self) -> Terms | None:
        """The snapshot; None until `registration.requested` was heard."""
        return self.work.get(Terms, self.registration_id)

    @property
    def invoice(self) -> Invoice | None:
        """The invoice; a free registration has none."""
        invoice_id = self.registration.invoice_id
        return self.work.get(Invoice, invoice_id) if invoice_id else None

    @property
    def lines(self) -> list[InvoiceLine]:
        """What it is charged by its invoice, and what of that is not asked for any more."""
        found = self.work.find(where(InvoiceLine, registration_id=self.registration_id))
        return [line for line in found if line.invoice_id == self.registration.invoice_id]

    @property
    def share(self) -> Share:
        """How it stands with its invoice; asks for nothing where there is none."""
        return share_from(self.lines, self._parts(), self.entries())

    @property
    def came(self) -> list[Came]:
        """Money that came for it, in the order in which it was paid."""
        parts = self._parts()
        payments = [self.work.get(Payment, part.payment_id) for part in parts]
        return came_by([payment for payment in payments if payment is not None], parts)

    @property
    def settlements(self) -> list[Settlement]:
        """What moves money, in the order in which it was asked for."""
        found = self.work.find(where(Settlement, registration_id=self.registration_id))
        return sorted(found, key=lambda row: (row.requested_at, row.cause))

    @property
    def ended_at(self) -> datetime | None:
        """When it was cancelled, moved away or lost its seat: what is paid from then on goes
        back."""
        return min((s.requested_at for s in self.settlements if s.cause in ENDS), default=None)

    @property
    def awaits_value(self) -> bool:
        """Whether what another registration brings is still to come: that one was moved here."""
        return awaits_value(self.registration, self.settlements)

    @property
    def on_account(self) -> bool:
        """Confirmed on an employer's invoice: what is due stays due (domain.md §2)."""
        confirmed = was_confirmed(self.registration, self.settlements)
        return on_account(self.registration.payment_method, confirmed=confirmed)

    def standing(self) -> Standing:
        """What a cancellation is judged on."""
        return standing_of(
            self.registration,
            self.terms,
            self.work.get(Course, self.registration.course_id),
            paid=self.paid_parts(),
            due=self.share.due,
            confirmed=was_confirmed(self.registration, self.settlements),
        )

    def standing_as_of(self, settlement: Settlement) -> Standing:
        """The same for what was asked then, by the course as it stood when it was asked."""
        standing = self.standing()
        if settlement.course_version_now is None:
            return standing
        course = Schedule(settlement.course_version_now, settlement.starts_at_now)
        return replace(standing, course=course, newer=settlement.policy_now)

    def came_by(self, payment_id: str) -> Came:
        """Its part of this payment, and the payment as it stands now."""
        [found] = [each for each in self.came if each.payment.payment_id == payment_id]
        return found

    def refunds_of(self, payment_id: str) -> list[Refund]:
        """Its attempts to give back what came by this payment."""
        return [refund for refund in self.refunds() if refund.payment_id == payment_id]

    def refunds(self) -> list[Refund]:
        """All its attempts to give money back."""
        return self.work.find(where(Refund, registration_id=self.registration_id))

    def balances(self) -> dict[str, int]:
        """Ledger account → signed minor units, the tax within what it is the tax of."""
        return with_tax(balances(self.work, self.registration_id))

    def paid_parts(self) -> list[Paid]:
        """What was paid and not given back, tender by tender."""
        return paid_parts(self.came, self.refunds(), self.entries(), self._credits())

    def paid_at_first(self) -> list[Paid]:
        """What was paid, whatever was given back since."""
        money = [
            Paid(each.payment.tender, each.part.applied_minor, ref=each.payment.payment_id)
            for each in self.came
        ]
        spent = spent_entries(self.entries())
        parts = [*money, *credit_parts(spent, self._credits(), {"redeemed"})]
        return [part for part in parts if part.amount > 0]

    def spent_credits(self) -> list[Credit]:
        """The credits that were spent here."""
        return list(self._credits().values())

    def _parts(self) -> list[PaymentPart]:
        return self.work.find(where(PaymentPart, registration_id=self.registration_id))

    def entries(self) -> list[CreditEntry]:
        """What moved on credits because of it: spent, restored, issued out of it, voided."""
        return self.work.find(where(CreditEntry, registration_id=self.registration_id))

    def _credits(self) -> dict[str, Credit]:
        """The credits that were spent here; those that come from here are no part of it."""
        spent = {entry.credit_id for entry in self.entries() if entry.kind == "redeemed"}
        found = [self.work.get(Credit, credit_id) for credit_id in spent]
        return {credit.credit_id: credit for credit in found if credit is not None}
