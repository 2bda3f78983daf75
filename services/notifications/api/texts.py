"""What the provider of texts tells: receipts, and what people answer. Signed, or refused."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response

from services.notifications.commands.replies import Reply, take_reply
from services.notifications.commands.text_recording import Receipt, take_receipt
from services.notifications.domain.replies import read_reply
from services.notifications.domain.signature import SignatureInvalid
from services.notifications.domain.text_signature import check_text_signature
from shared.errors import Invalid
from shared.runtime.asking import PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["texts"], route_class=Direct)
LONGEST = 64_000  # bytes
MOST = 100  # fields
SIGNATURE = "x-twilio-signature"
_ID = 100  # characters of a provider's id


class FormUnreadable(Invalid):
    """It is no form, or longer than any of the provider's."""

    slug = "form-unreadable"


async def signed_form(request: Request) -> dict[str, str]:
    """FastAPI dependency: the fields of a form that the provider signed, the first of each name.

    Raises FormUnreadable, and SignatureInvalid: also where no provider is set, for then nobody can
    have signed anything.
    """
    given = request.headers.get(SIGNATURE)
    if given is None:
        raise SignatureInvalid("The header X-Twilio-Signature is missing.")
    body = await request.body()
    if len(body) > LONGEST:
        raise FormUnreadable(f"At most {LONGEST} bytes.")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise FormUnreadable("This is no form.") from None
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["raw_path"].decode("latin-1")
    url = f"{request.app.state.public_url}{path}{f'?{query}' if query else ''}"
    check_text_signature(request.app.state.text_tokens, given, url, fields)
    return {name: value.replace("\x00", "") for name, value in reversed(fields)}


SignedDep = Annotated[dict[str, str], Depends(signed_form)]


@router.post("/notifications/v1/texts/twilio/receipts/{message_id}", responses=problems(401, 422))
async def take_a_receipt(
    message_id: PathId, request: Request, form: SignedDep, edge: EdgeDep
) -> Response:
    """How far a text came. Late ones, the same again, and one of no text of ours change nothing,
    and are answered 200 as well: nobody is to try again."""
    code = form.get("ErrorCode", "")
    receipt = Receipt(
        message_id=message_id,
        provider_id=form.get("MessageSid", "")[:_ID],
        status=form.get("MessageStatus", "").lower(),
        code=int(code) if code.isascii() and code.isdigit() and len(code) < 9 else None,
        secret=request.app.state.platform_secret,
    )
    return await edge.run(take_receipt, receipt, answer=lambda outcome: (200, {"outcome": outcome}))


@router.post("/notifications/v1/texts/twilio/replies", responses=problems(401, 422))
async def take_a_reply(request: Request, form: SignedDep, edge: EdgeDep) -> Response:
    """What somebody answered: STOP ends their texts, START lets them come again, anything else is
    nothing. Their words are not kept. The answer is empty TwiML: we say nothing back."""
    answered = read_reply(form.get("Body", "")[:200], form.get("OptOutType", ""))
    sid, phone = form.get("MessageSid", "")[:_ID], form.get("From", "")[:_ID]
    if sid and phone:
        reply = Reply(sid, phone, answered, request.app.state.platform_secret)
        await edge.run(take_reply, reply, answer=_nothing)
    return Response("<Response/>", media_type="text/xml")


def _nothing(_answered: Any) -> tuple[int, Any]:
    return 200, {}
