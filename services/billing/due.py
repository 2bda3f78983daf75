"""What billing does when its time comes: refunds and look-ups at the gateway, codes of credits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.billing.commands import credit, look_up, refund
from services.billing.commands.look_up import Look, prepare_look, record_look
from services.billing.commands.refund import RefundCall, record_refund, submit_refund
from services.billing.domain.seen import PaymentSeen, RefundSeen
from services.billing.gateway import Gateway
from shared.runtime.due import Dues


class Calls:
    """The calls between two transactions, by the gateway's name."""

    def __init__(self, gateways: Mapping[str, Gateway]) -> None:
        self._gateways = gateways

    async def refund(self, call: RefundCall) -> RefundSeen:
        """Look first where it may have been asked before; then ask, with the same key."""
        gateway = self._gateways[call.gateway]
        if call.look_first:
            made = await gateway.refund_by_key(call.key)
            if made is not None:
                return made
        return await gateway.give_back(call.key, call.payment_id, call.amount_minor, call.reason)

    async def look_up(self, look: Look) -> PaymentSeen | RefundSeen | None:
        """The object that a webhook named, as the gateway has it now."""
        gateway = self._gateways[look.gateway]
        if look.kind == "payment":
            return await gateway.payment(look.object_id)
        return await gateway.refund(look.object_id)


def dues_of(gateways: Mapping[str, Gateway], code_of: Callable[[str], str]) -> Dues:
    """All kinds; `code_of` gives a credit's code from its id."""
    made, calls = Dues(), Calls(gateways)
    made.outside(refund.DUE, prepare=submit_refund, act=calls.refund, record=record_refund)
    made.outside(look_up.DUE, prepare=prepare_look, act=calls.look_up, record=record_look)
    made.inside(credit.INDEX)(credit.CodeIndex(code_of).write)
    return made
