"""What staff do about somebody: a form, a page that says what it would come to, and the act.

The form is shown (GET), then sent; its owner is asked what the act would come to, and that is
shown with everything that was typed; sent again from there, it is done, under the key of that page.
What is refused stands beside its field, and of what nobody knows the outcome the same request is
kept to be sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import DeskDep, MoneyDep, RunsDep, away, note, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.person_form import faults_in
from services.web.domain.register_form import Fault, values_of
from services.web.domain.typed import typed_in
from services.web.owners import Answer, or_none
from services.web.render import Pages
from services.web.staff import REUSED, Desk
from services.web.unheard import FIELD
from shared.runtime.edge import Edge, EdgeDep

# No field of anybody's: what a page says of itself, and the last one asks anew. A field of a form
# that had such a name would be lost on the way to the last page.
OURS = (
    "csrf",
    "key",
    "sure",
    "change",
    "disclosure",
    "disclosure_version",
    "only",
    "complaint_number",
    FIELD,
)
Shown = Callable[[Sequence[Fault], int], Awaitable[Response]]
Done = Callable[[Answer], str | Response]  # the page to go to, or the page itself
Reviewed = Callable[[Mapping[str, Any], Sequence[Fault]], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who of staff is about to do something, and what their form sent: nothing, when it is first
    shown."""

    request: Request
    pages: Pages
    signed: Signed
    desk: Desk
    edge: Edge
    form: Mapping[str, str]
    values: Mapping[str, str]
    here: str = "people"  # the part of the console that it belongs to

    def show(
        self, template: str, status: int = 200, *, faults: Sequence[Fault] = (), **shown: Any
    ) -> Response:
        """A page of that part."""
        values = {name: text for name, text in self.values.items() if name not in OURS}
        return show(
            self.request, self.pages, self.signed, self.here, template, status,
            values=values, faults=faults, **shown,
        )  # fmt: skip

    def missing(self) -> Response:
        """There is no such thing."""
        return missing(self.request, self.pages)

    def away(self, owner: str = "registration") -> Response:
        """What the page is about cannot be read; what was typed is kept."""
        return away(self.request, self.pages, self.signed, self.here, owner)

    @property
    def sure(self) -> bool:
        """It was sent from the page that says what it would come to."""
        return self.form.get("sure") == "yes"

    async def noted(self, registration_id: str) -> None:
        """Keep that whoever is signed in was shown who it is of; nothing is shown otherwise."""
        await note(self.edge, "console.registration-read", registration_id)

    async def known(self, path: str) -> Answer | None:
        """What registration says of it; None where it is away."""
        return await or_none(self.desk.ask("registration", path))


async def asked(
    request: Request, pages: PagesDep, signed: RunsDep, desk: DeskDep, edge: EdgeDep
) -> Deed:
    """FastAPI dependency: a form is shown, to whom may run courses."""
    return Deed(request, pages, signed, desk, edge, {}, {})


async def sent(
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    form: TheirFormDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Deed:
    """FastAPI dependency: it was sent."""
    return Deed(request, pages, signed, desk, edge, form, values_of(form))


async def asked_of_money(
    request: Request, pages: PagesDep, signed: MoneyDep, desk: DeskDep, edge: EdgeDep
) -> Deed:
    """FastAPI dependency: a form is shown, to whom may decide about money."""
    return Deed(request, pages, signed, desk, edge, {}, {}, _part_of(request))


async def sent_of_money(
    request: Request,
    pages: PagesDep,
    signed: MoneyDep,
    form: TheirFormDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Deed:
    """FastAPI dependency: it was sent, by whom may decide about money."""
    return Deed(request, pages, signed, desk, edge, form, values_of(form), _part_of(request))


def _part_of(request: Request) -> str:
    """What is decided for one registration belongs to the people."""
    return "people" if request.url.path.startswith("/console/registrations/") else "money"


AskedDep = Annotated[Deed, Depends(asked)]
SentDep = Annotated[Deed, Depends(sent)]
MoneyAskedDep = Annotated[Deed, Depends(asked_of_money)]
MoneySentDep = Annotated[Deed, Depends(sent_of_money)]


NO_REASON = Fault("reason", "missing", "Say why, please.")
_SENT_BEFORE = Fault(
    "",
    "sent-before",
    "This page was sent before, with other words, and may have done what those said. Look first "
    "whether it did: sent from here, it is another request.",
)
_NOT_ACCEPTED = "Ask them to read it. Tick the box once they have accepted it."


@dataclass(frozen=True, slots=True)
class Accepting:
    """The disclosure of a course as the act takes it, and what is lacking of that."""

    version: str | None
    lacking: Sequence[Fault]


def accepting(deed: Deed, course: Mapping[str, Any]) -> Accepting:
    """Before anybody is asked it is the one in force; then the one that the page showed."""
    disclosure = course.get("disclosure") or {}
    current = str(disclosure["version"]) if disclosure.get("version") else None
    if not deed.sure:
        return Accepting(current, ())
    if deed.values.get("disclosure") == "accepted":
        return Accepting(deed.values.get("disclosure_version") or None, ())
    if current is None or not disclosure.get("required", True):
        return Accepting(None, ())
    return Accepting(current, [Fault("disclosure", "missing", _NOT_ACCEPTED)])


@dataclass(frozen=True, slots=True)
class Act:
    """One act of its owner, and where its outcome can be looked at: a path and a name."""

    path: str
    body: Mapping[str, Any]
    look: tuple[str, str]
    method: str = "POST"
    owner: str = "registration"


async def through(
    deed: Deed,
    act: Act,
    *,
    form: Shown,
    review: Reviewed,
    done: Done,
    lacking: Sequence[Fault] = (),
) -> Response:
    """From what was sent to the next page: the form again, what it would come to, or the act.
    `lacking` is what has to be said besides on the page before the act."""
    if "change" in deed.form:
        return await form((), 200)
    if deed.sure and not lacking:
        return await perform(deed, act, form=form, done=done)
    told = await or_none(deed.desk.act(act.owner, f"{act.path}/preview", act.body))
    if told is None:
        return not_known(deed, act)
    if not told.ok:
        return await form(faults_in(told.body, deed.values), told.status)
    return await review(told.body, lacking if deed.sure else ())


async def perform(deed: Deed, act: Act, *, form: Shown, done: Done) -> Response:
    """Do it, once however often it is sent."""
    if "change" in deed.form:
        return await form((), 200)
    told = await or_none(
        deed.desk.act(act.owner, act.path, act.body, key=key_of(dict(deed.form)), method=act.method)
    )
    if told is None:  # or it is being done (staff.py): the same request
        return not_known(deed, act)
    if not told.ok:  # another try is another request
        return await _refused(deed, act, told, form)
    following = done(told)
    return following if isinstance(following, Response) else see(following, personal=True)


async def _refused(deed: Deed, act: Act, told: Answer, form: Shown) -> Response:
    """The form with the refusal; where it cannot be read just now, the refusal and what was
    typed: it was sent, and nothing else may be said of it."""
    faults = [_SENT_BEFORE] if told.slug == REUSED else faults_in(told.body, deed.values)
    page = await form(faults, told.status)
    if page.status_code != 503:
        return page
    fields = {name: text for name, text in deed.form.items() if name not in OURS}
    return deed.show(
        "refused.html",
        told.status,
        said=faults,
        look=act.look,
        action=deed.request.url.path,
        fields=fields | {"change": "1"},
        typed=typed_in(deed.form),
    )


def not_known(deed: Deed, act: Act) -> Response:
    """The owner did not answer: the act, or what was asked before it."""
    return once_more(
        deed.request, deed.pages, deed.signed, deed.here, act.owner, deed.form, look=act.look
    )
