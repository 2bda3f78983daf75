"""What templates there are, whose they are, and what they look like with sample facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from services.notifications.api.sample_facts import PLAIN, chosen, sample_names
from services.notifications.api.sample_letters import sample_post
from services.notifications.api.shown_templates import differences, hash_of, shown
from services.notifications.commands.case import Sender
from services.notifications.commands.overrides import overrides_of, theirs_of
from services.notifications.contents import contents
from services.notifications.domain.template_rules import Theirs, whose
from services.notifications.envelope import addressed
from services.notifications.letters import names, source_of
from services.notifications.models import Override, OverrideVersion
from services.notifications.overriding.fence import letter_by
from shared.dates import rfc3339, zone_of
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(dependencies=[Depends(needs_scope("operator"))])
Form = Literal["html", "text", "json", "eml"]
FormQuery = Annotated[Form, Query(alias="format")]
Zone = Annotated[str | None, Query(max_length=100, description="IANA name; else London's")]
Locale = Annotated[str | None, Query(max_length=40, description="BCP 47: language and writing")]
Which = Annotated[str, Query(max_length=200, description="Which sample: see the template")]


@router.get("/notifications/v1/templates", responses=problems(401, 403))
async def list_templates(reader: ReaderDep) -> dict[str, Any]:
    """The templates there are, and the languages ("" is all) in which they are the provider's."""
    there = [one for one in await reader.find(where(Override)) if one.source]
    return {
        "items": [
            {
                "name": name,
                "theirs": [
                    {"language": one.language, "version": one.version, "at": rfc3339(one.at)}
                    for one in sorted(there, key=lambda one: one.language)
                    if one.template == name
                ],
            }
            for name in sorted(names())
        ],
        "next": None,
    }


@router.get("/notifications/v1/templates/{name}", responses=problems(401, 403, 404))
async def show_template(name: PathId, request: Request, reader: ReaderDep) -> dict[str, Any]:
    """Ours, theirs as they stand with how they differ from ours, every version there was, and the
    samples that it can be looked at with."""
    ours = source_of(name)
    sender: Sender = request.app.state.sender
    there = await reader.find(overrides_of(name))
    order = ("language", "version")
    history = await reader.find(where(OverrideVersion, template=name, order=order))
    return {
        "name": name,
        "ours": {"source": ours, "hash": hash_of(ours)},
        "theirs": [
            shown(one)
            | {
                "source": one.source,
                "differences": differences(ours, one.source),
                # Ours has changed since theirs was made from it: look whether theirs lacks that.
                "ours_changed": one.ours != hash_of(ours),
            }
            for one in sorted(there, key=lambda one: one.language)
            if one.source
        ],
        "versions": {one.language: one.version for one in there},
        "history": [shown(one) for one in history],
        "samples": sample_names(name, sender),
    }


@router.get(
    "/notifications/v1/templates/{name}/preview",
    response_model=None,
    responses=problems(401, 403, 404, 422),
)
async def preview(
    name: PathId,
    request: Request,
    reader: ReaderDep,
    form: FormQuery = "html",
    zone: Zone = None,
    locale: Locale = None,
    sample: Which = PLAIN,
    by: Annotated[Literal["theirs", "ours"], Query(description="By whose template")] = "theirs",
) -> Response | dict[str, Any]:
    """The letter about the sample course as it would go out, for a learner in London, or in `zone`.

    `locale` (BCP 47) chooses the language and how dates and amounts are written.
    """
    there = theirs_of(await reader.find(overrides_of(name))) if by == "theirs" else ()
    return letter(request.app.state.sender, name, there, form, zone, locale, sample)


def letter(
    sender: Sender,
    name: str,
    theirs: Iterable[Theirs],
    form: Form,
    zone: str | None,
    locale: str | None,
    sample: str,
) -> Response | dict[str, Any]:
    """A sample's letter by theirs, where there is one, in the form that is asked for."""
    post = sample_post(name, zone_of(zone).key if zone else None, locale)
    facts = contents(post, sender) if sample == PLAIN else chosen(post, sender, sample)
    found = whose(theirs, facts["lang"])
    made = letter_by(name, facts, found.source if found else "")
    headers = {"Template-Fault": made.fault.encode("ascii", "replace").decode()[:300]}
    headers = headers if made.fault else {}
    if form == "eml":
        mail = addressed(post, sender, facts, made)
        return Response(mail.as_bytes(), media_type="message/rfc822", headers=headers)
    if form == "text":
        return PlainTextResponse(made.text, headers=headers)
    if form == "json":
        fault = {"fault": made.fault} if made.fault else {}
        return {"subject": made.subject, "text": made.text, "html": made.html, **fault}
    return HTMLResponse(made.html, headers=headers)
