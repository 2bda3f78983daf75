"""The boards, in the order in which they are linked."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.grafana import certificates, money, partners, pipeline, session_day
from deploy.grafana.panels import Json, board


def boards() -> Iterator[Json]:
    """All of them, as Grafana reads them."""
    for module, uid, title in (
        (session_day, "session-day", "Session day"),
        (pipeline, "pipeline", "Pipeline"),
        (money, "money", "Money"),
        (certificates, "certificates", "Certificates"),
        (partners, "partners", "Partners"),
    ):
        yield board(uid, title, module.MEANS, module.panels())
