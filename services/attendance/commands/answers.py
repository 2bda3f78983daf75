"""Questions to humans that only their answer ends, and how it is given (`task_list.py`)."""

from __future__ import annotations

from services.attendance.commands.silence import NO_EVIDENCE, STRANGERS
from services.attendance.commands.tasks import WORSE

ANSWERS = {
    WORSE: "accept the worse result, or keep what was settled, by a correction with `resolve`"
    " and `flagged_seconds` (docs/session-day.md, step 4).",
    NO_EVIDENCE: "bring the evidence, correct who was there, or complete the session by hand if"
    " nobody came.",
    STRANGERS: "match each of them, or say that they are nobody (bin/holdfast attendance match).",
}
