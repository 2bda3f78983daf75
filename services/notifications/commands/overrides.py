"""A provider's own template takes the place of ours, for one language or for all; and goes again.

It was tried before it came here (`overriding/trial.py`). Who names the version that they have seen
overwrites nobody's work. Every version stays, with who put it there and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.domain.delivery import Delivered
from services.notifications.domain.template_rules import Theirs
from services.notifications.models import Override, OverrideVersion
from shared.errors import Conflict, NotFound
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

TASK = "template-failed"
WHAT = (
    "A mail went out by our template, because the provider's own could not be used for it. See "
    "what is wrong (bin/holdfast templates show), and set it anew or reset it."
)


class TemplateChanged(Conflict):
    """Somebody else has changed it since it was read."""

    slug = "template-changed"


@dataclass(frozen=True)
class PutOverride:
    """`language` "" is all of them; `version` the one it takes the place of, 0 where there is
    none; `ours` the hash of our template that it was made from."""

    template: str
    language: str
    version: int
    source: str
    ours: str
    reason: str


@dataclass(frozen=True)
class ResetOverride:
    template: str
    language: str
    version: int
    reason: str


def _needs(c: PutOverride | ResetOverride) -> Plan:
    yield from ()
    key = (c.template, c.language)
    return [
        (Override, key),
        (OverrideVersion, (*key, c.version + 1)),
        task_key(TASK, ref_of(*key)),
    ]


@needs(_needs)
async def put_override(work: Work, c: PutOverride) -> Override:
    """From now on letters are by this source. The same again changes nothing, but for saying that
    it was seen how ours has changed since.

    Raises TemplateChanged.
    """
    stands = _stands(work, c)
    if stands is not None and (stands.source, stands.ours) == (c.source, c.ours):
        return stands
    new = Override(
        template=c.template,
        language=c.language,
        version=c.version + 1,
        source=c.source,
        ours=c.ours,
        by=work.origin.by,
        reason=c.reason,
        at=work.now,
    )
    _keep(work, new)
    work.audit("template.set", f"{ref_of(c.template, c.language)}/{new.version}", c.reason)
    return new


@needs(_needs)
async def reset_override(work: Work, c: ResetOverride) -> Override:
    """Letters are by our template again. Raises NotFound where they are, TemplateChanged."""
    stands = _stands(work, c)
    if stands is None or not stands.source:
        raise NotFound("override-unknown", "There is no template of yours for this: it is ours.")
    gone = replace(
        stands,
        version=c.version + 1,
        source="",
        by=work.origin.by,
        reason=c.reason,
        at=work.now,
    )
    _keep(work, gone)
    work.audit("template.reset", f"{ref_of(c.template, c.language)}/{gone.version}", c.reason)
    return gone


def overrides_of(template: str) -> Query[Override]:
    """All that took the place of a template of ours; read, and locked by nobody who only reads."""
    return where(Override, template=template)


def theirs_of(there: Sequence[Override]) -> tuple[Theirs, ...]:
    """Those that stand."""
    return tuple(
        Theirs(one.template, one.language, one.version, one.source) for one in there if one.source
    )


def ref_of(template: str, language: str) -> str:
    """How a task and the audit name it."""
    return f"{template}/{language or 'all'}"


def failed_template_key(recorded: Recorded) -> list[Wanted]:
    """What `ask_about_template` needs."""
    failed = _failed(recorded)
    return [task_key(TASK, ref_of(failed.template, failed.language))] if failed else []


def ask_about_template(work: Work, recorded: Recorded) -> None:
    """A human is to see to theirs, where a mail that it was for went by ours."""
    failed = _failed(recorded)
    if failed:
        about = {
            "template": failed.template,
            "language": failed.language or "all",
            "version": str(failed.version),
            "message_id": recorded.due.ref,
        }
        what = f"{WHAT} What is wrong: {recorded.result.fault}"
        work.open_task(TASK, ref_of(failed.template, failed.language), what, about)


def _failed(recorded: Recorded) -> Theirs | None:
    done = recorded.result
    return done.theirs if isinstance(done, Delivered) and done.fault else None


def _stands(work: Work, c: PutOverride | ResetOverride) -> Override | None:
    stands = work.get(Override, (c.template, c.language))
    version = stands.version if stands else 0
    if version != c.version:
        raise TemplateChanged(
            f"It stands at version {version}, not {c.version}: look at it again first.",
            version=version,
        )
    return stands


def _keep(work: Work, row: Override) -> None:
    work.put(row)
    work.put(OverrideVersion(**row.model_dump()))
    work.close_task(TASK, ref_of(row.template, row.language))
