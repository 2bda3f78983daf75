"""Staff put a template of the provider's own in the place of ours, look at it before, and take it
back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.notifications.api.sample_facts import PLAIN, facts_of
from services.notifications.api.shown_templates import hash_of, shown
from services.notifications.api.templates import FormQuery, Locale, Which, Zone, letter
from services.notifications.commands.case import Sender
from services.notifications.commands.overrides import (
    PutOverride,
    ResetOverride,
    put_override,
    reset_override,
)
from services.notifications.contents import TO_STAFF
from services.notifications.domain.template_rules import EVERY, LARGEST, Fault, Theirs
from services.notifications.letters import source_of
from services.notifications.overriding.trial import tried
from shared.errors import Conflict, Invalid, fault
from shared.languages import languages
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(route_class=Direct)
_PATH = "/notifications/v1/templates/{name}"
Language = Annotated[str, Query(max_length=10, description="ISO 639-1; nothing: all of them")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
# Longer than a template may be, so that the trial says in words by how much.
Source = Annotated[str, StringConstraints(min_length=1, max_length=10 * LARGEST)]


class TemplateInvalid(Invalid):
    """A template cannot be taken; `errors` says why, line by line."""

    slug = "template-invalid"


class TemplateOurs(Conflict):
    """Letters to staff are written by our templates alone."""

    slug = "template-ours"


class OverrideBody(BaseModel):
    """A template of the provider's own. `version`: the one that it takes the place of, as GET has
    it in `versions`; 0 where there is none."""

    model_config = ConfigDict(extra="forbid")
    source: Source
    version: int = Field(ge=0, le=1_000_000)
    reason: Reason


class SourceBody(BaseModel):
    """A template that nobody has accepted yet."""

    model_config = ConfigDict(extra="forbid")
    source: Source


@router.put(_PATH, responses=problems(401, 403, 404, 409, 422))
async def put_template(
    name: PathId,
    body: OverrideBody,
    request: Request,
    _: OperatorDep,
    edge: EdgeDep,
    language: Language = EVERY,
) -> Response:
    """From now on letters of this name are by this template, in one language or in all.

    It is tried with every sample first, in each of its languages; what is wrong is told at once,
    line by line, and nothing is changed then.
    """
    await _try(request.app.state.sender, name, body.source, _known(language))
    ours = hash_of(source_of(name))
    act = PutOverride(name, language, body.version, body.source, ours, body.reason)
    return await edge.run(put_override, act, answer=lambda row: (200, shown(row)))


@router.delete(_PATH, responses=problems(401, 403, 404, 409, 422))
async def reset_template(
    name: PathId,
    _: OperatorDep,
    edge: EdgeDep,
    version: Annotated[int, Query(ge=0, le=1_000_000, description="The one that goes")],
    reason: Annotated[Reason, Query()],
    language: Language = EVERY,
) -> Response:
    """Letters of this name are by our template again. Theirs stays in the history."""
    source_of(name)
    act = ResetOverride(name, _one_of(language), version, reason)
    return await edge.run(reset_override, act, answer=lambda row: (200, shown(row)))


@router.post(f"{_PATH}/preview", response_model=None, responses=problems(401, 403, 404, 409, 422))
async def preview_source(
    name: PathId,
    body: SourceBody,
    request: Request,
    _: OperatorDep,
    form: FormQuery = "html",
    zone: Zone = None,
    locale: Locale = None,
    sample: Which = PLAIN,
    language: Language = EVERY,
) -> Response | dict[str, Any]:
    """What a letter would look like by this template, before it is accepted; nothing is kept.

    What would be wrong with it is told as PUT would tell it.
    """
    sender: Sender = request.app.state.sender
    await _try(sender, name, body.source, _known(language))
    theirs = [Theirs(name, EVERY, 0, body.source)]
    return letter(sender, name, theirs, form, zone, locale, sample)


async def _try(sender: Sender, name: str, source: str, spoken: tuple[str, ...]) -> None:
    """In a thread, so that others are answered meanwhile. Raises TemplateInvalid."""
    faults = await asyncio.to_thread(_faults, sender, name, source, spoken)
    if faults:
        raise TemplateInvalid(
            f"The template cannot be taken: {len(faults)} things are wrong."
            if len(faults) > 1
            else "The template cannot be taken.",
            errors=[fault("/source", str(one)) for one in faults],
        )


def _faults(sender: Sender, name: str, source: str, spoken: tuple[str, ...]) -> list[Fault]:
    source_of(name)
    if name in TO_STAFF:
        raise TemplateOurs("Letters to staff are by our templates alone.")
    return tried(name, source, facts_of(name, sender, spoken))


def _known(language: str) -> tuple[str, ...]:
    return (one,) if (one := _one_of(language)) else languages()


def _one_of(language: str) -> str:
    if language not in (EVERY, *languages()):
        faults = [fault("/query/language", f"is none of {', '.join(languages())}")]
        raise Invalid("language-unknown", "We do not write that language.", errors=faults)
    return language
