"""What a rehearsal has measured so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cli.crowd.platform import Platform


@dataclass
class Found:
    """What a rehearsal measured. None: it was not got to, or cannot be seen from where it ran."""

    learners: int = 0
    registered: int = 0
    registering: float | None = None  # seconds
    why_not: str = ""  # the first answer to who was not registered
    # Mails that ought to have been out when the session began; a sandbox's clock waits for them.
    late: int | None = None
    unsent: int | None = None  # mails that failed meanwhile
    refused: int = 0  # observations
    lost: int = 0
    told: int = 0
    p99: float | None = None  # milliseconds, the worst of the parts
    inside: int | None = None  # people in the room at the peak
    lag: float | None = None  # seconds
    lag_of: str = ""
    present: int | None = None
    certificates: int | None = None
    certifying: float | None = None  # seconds from the completion to the last
    quiet: bool | None = None
    waiting: str = ""  # what was not done in the end
    most: dict[str, int] = field(default_factory=dict)  # what waited at one time, at most
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, part: str, of: Platform) -> None:
        """What the platform was answered in one part of the day."""
        told = self.parts[part] = of.told()
        self.refused += told["refused"]
        self.lost += told["lost"]
        self.told += of.done
        if of.took:
            self.p99 = max(self.p99 or 0.0, told["p99"])
