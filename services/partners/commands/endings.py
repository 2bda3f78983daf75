"""An endpoint is given up: the partner sees why, and staff are asked to tell them."""

from __future__ import annotations

from services.partners.commands.pumps import drop_pump
from services.partners.domain.answers import GONE
from services.partners.models import Endpoint
from shared.runtime.rows import replace
from shared.runtime.work import Work

DISABLED = "endpoint-disabled"  # the task; its plan is `task_key(DISABLED, endpoint_id)`
_WHAT = {
    GONE: "A partner's system says that the address it is told at is no more (410).",
}
_OTHERWISE = "A partner's system has taken nothing for five days at the address it is told at."
_DO = (
    "Nothing is sent there any more. Ask the partner, have the address changed if it is another "
    "one now, and then enable the endpoint."
)


def disable(work: Work, endpoint: Endpoint, reason: str) -> Endpoint:
    """Nothing is sent to it from now on; what waits stays. The plan must hold the task's key."""
    drop_pump(work, endpoint)
    work.audit("endpoint.disabled", endpoint.endpoint_id, reason)
    work.open_task(
        DISABLED,
        endpoint.endpoint_id,
        f"{_WHAT.get(reason, _OTHERWISE)} {_DO}",
        {"endpoint_id": endpoint.endpoint_id, "partner_id": endpoint.partner_id},
    )
    return replace(endpoint, state="disabled", reason=reason, version=endpoint.version + 1)
