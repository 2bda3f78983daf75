"""What a process knows and keeps for a while, and loses with its life."""

from __future__ import annotations

from services.attendance.api.looks import Looks
from shared.runtime.edge import Edge
from shared.runtime.fresh import Fresh
from shared.runtime.rate_limit import RateLimit
from shared.runtime.service import Service
from shared.runtime.worker import Worker
from tests.simulation.log import Hand


def another_edge(service: Service) -> None:
    """Requests come to another process of the service from now on."""
    service.edge = service.app.state.edge = Edge(service.api_db, service.clock, service.new_id)


def fresh_memory(service: Service, hand: Hand) -> Worker:
    """Nothing is left of what a process knew: its loops, its edge, what it keeps for a while."""
    settings, state, tick = service.settings, service.app.state, service.clock.tick
    another_edge(service)
    service.fresh = state.fresh = Fresh(service.clock.now, tick)
    state.doorkeeper._seen.clear()
    for name, value in list(state._state.items()):
        if isinstance(value, RateLimit):
            setattr(state, name, RateLimit(value._most, value._seconds))
        elif isinstance(value, Looks):
            setattr(state, name, Looks())
        elif name == "status_lists":
            value.clear()
    service.worker = Worker(
        service.worker_db,
        service.clock,
        service.hears,
        service.dues,
        settings.database_url,
        settings.kafka_bootstrap_servers,
        producer=hand,
        tick=tick,
    )
    return service.worker
