"""What learners and staff do about certificates: evaluate, claim, ask; correct and withdraw."""

from __future__ import annotations

from typing import Any

from tests.simulation.learners import somebody, whose
from tests.simulation.story import Step
from tests.simulation.world import Learner, World

_CLAIMABLE = "SELECT registration_id FROM awards WHERE board = $1 AND status = 'claimable'"
# Whom nothing but an evaluation is missing for some board; and of them, whom none credits.
_UNEVALUATED = """
SELECT DISTINCT registration_id FROM awards
WHERE jsonb_array_length(unmet) = 1 AND unmet->0->>'condition' = 'evaluation'
"""
_UNCREDITED = f"""
{_UNEVALUATED} EXCEPT SELECT registration_id FROM awards WHERE status <> 'withheld'
"""


async def evaluate(world: World, step: Step) -> None:
    """Somebody evaluates the course."""
    chance = world.chance
    answers = {"objective-1": chance.randint(1, 5), "objective-2": chance.randint(1, 5)}
    of = await whose(world, "certificates", _UNEVALUATED)
    await _at_certificates(world, "evaluation", {"answers": answers}, of=of)


async def claim(world: World, step: Step) -> None:
    """A physician claims credit."""
    credits_ = world.chance.choice(["0.25", "0.5", "1.0", "2.0"])
    body = {"board": "ACCME", "credits": credits_}
    of = await whose(world, "certificates", _CLAIMABLE, "ACCME")
    await _at_certificates(world, "claims", body, of=of)


async def participation(world: World, step: Step) -> None:
    """Somebody whom no board gives credit asks for a certificate without."""
    of = await whose(world, "certificates", _UNCREDITED)
    await _at_certificates(world, "participation", None, of=of)


async def supersede(world: World, step: Step) -> None:
    """Staff correct the name on a certificate."""
    await _certificate(world, "supersede", {"reason": "Misspelt.", "name": "Ada Right"})


async def revoke(world: World, step: Step) -> None:
    """Staff withdraw a certificate."""
    await _certificate(world, "revoke", {"reason": "Issued in error."})


async def _certificate(world: World, verb: str, body: dict[str, Any]) -> None:
    sql = "SELECT certificate_id FROM certificates WHERE status = 'valid' ORDER BY 1"
    rows = await world.actors["certificates"].rows(sql)
    if rows:
        path = f"/certificates/v1/certificates/{world.chance.choice(rows)[0]}/{verb}"
        await world.ask("certificates", "POST", path, body, kind=f"{verb} a certificate")


async def _at_certificates(
    world: World, verb: str, body: Any, of: list[Learner] | None = None
) -> None:
    if learner := somebody(world, of):
        path = f"/certificates/v1/registrations/{learner.registration_id}/{verb}"
        await world.ask("certificates", "POST", path, body, token=learner.token, kind=verb)
