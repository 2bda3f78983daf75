"""What this service said is heard by it again after its database was restored from a backup: keys
that were given out or revoked since, and lines that were taken (runtime.md §6, decision 103).

How a partner was described since is no event: it is described again. The log of what partners may
see hears the others' words again, in another order: it goes on under another name (decision 120).
"""

from __future__ import annotations

from services.partners.commands.inbound import Submitted
from services.partners.commands.projecting import LOG
from services.partners.commands.reading import lineage_of
from services.partners.domain.cursors import restored
from services.partners.models import Head, InboundItem, IssuedKey
from shared.contracts.partners import Key, KeyIssued, KeyRevoked, PartnerRegistrationSubmitted
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


@needs(lambda event: [(IssuedKey, event.key_id)])
async def recall_issued(work: Work, event: KeyIssued) -> None:
    """A key is known again."""
    _recall(work, event, None)


@needs(lambda event: [(IssuedKey, event.key_id)])
async def recall_revoked(work: Work, event: KeyRevoked) -> None:
    """A key that was revoked opens nothing, whatever the backup says."""
    _recall(work, event, event)


def _recall(work: Work, event: Key, revoked: KeyRevoked | None) -> None:
    known = work.get(IssuedKey, event.key_id)
    if known is not None and known.version >= event.version:
        return
    work.put(
        IssuedKey(
            key_id=event.key_id,
            hash=event.hash,
            scopes=list(event.scopes),
            partner_id=event.partner_id,
            label=event.label,
            version=event.version,
            issued_at=event.issued_at,
            expires_at=event.expires_at,
            revoked_at=revoked.revoked_at if revoked else None,
        )
    )


@needs(lambda event: [(InboundItem, (event.partner_id, event.item_id))])
async def recall_item(work: Work, event: Submitted) -> None:
    """A line that was taken is taken once. What it said is not kept: sent again, whatever it says,
    it is a duplicate, and the first one stands."""
    if work.get(InboundItem, (event.partner_id, event.item_id)) is None:
        about_seat = isinstance(event, PartnerRegistrationSubmitted)
        work.put(
            InboundItem(
                partner_id=event.partner_id,
                item_id=event.item_id,
                type="registration" if about_seat else "attendance",
                fingerprint="",
                received_at=event.submitted_at,
            )
        )


@needs(lambda _: [(Head, LOG)])
async def go_on(work: Work, _: None) -> None:
    """From here on the log is another one than that of the database that was lost; where readers of
    that one have come further, they are led back to here."""
    head = work.get(Head, LOG) or Head(log=LOG)
    lineage = restored(head.position, lineage_of(head), work.new_id("lineage")[-8:])
    work.put(replace(head, lineage=[list(each) for each in lineage]))
