"""Invoices and credit notes as PDF: made when they are first asked for, then kept as they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.billing.api.invoice_pages import invoice_document, note_document
from services.billing.api.invoice_rows import printable
from services.billing.commands.document import KeepDocument, keep_document
from services.billing.domain.documents import Document, page_of
from services.billing.models import CreditNote, DocumentFile, Invoice, Registration
from services.billing.printing import Printed, Printer
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller, for_subject
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["documents"], route_class=Direct)
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


async def printer_of(request: Request) -> Printer:
    """FastAPI dependency: the threads that print."""
    printer: Printer = request.app.state.printer
    return printer


PrinterDep = Annotated[Printer, Depends(printer_of)]


@router.get(
    "/billing/v1/registrations/{registration_id}/invoice.pdf",
    response_class=Response,
    responses={**_PDF, **problems(401, 403, 404, 425)},
)
async def invoice_pdf(
    registration_id: PathId, caller: CallerDep, reader: ReaderDep, edge: EdgeDep, press: PrinterDep
) -> Response:
    """The invoice of one registration: of an order of many its own share, and nobody else's."""
    registration = await _admitted(reader, caller, registration_id)
    invoice_id = registration.invoice_id
    if invoice_id is None:
        raise NotFound("no-invoice", "Nothing was charged for this registration.")

    async def make() -> tuple[Document, bool]:
        made = await printable(reader, invoice_id, registration_id)
        return invoice_document(made, whole=False), made.is_final

    file = await _file(reader, edge, press, f"share/{registration_id}/{invoice_id}", make)
    invoice = await reader.get(Invoice, invoice_id)
    return _answer(file, f"invoice-{invoice.number}" if invoice else "invoice")


@router.get(
    "/billing/v1/registrations/{registration_id}/credit-notes/{number}.pdf",
    response_class=Response,
    responses={**_PDF, **problems(401, 403, 404, 425)},
)
async def credit_note_pdf(
    registration_id: PathId,
    number: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    press: PrinterDep,
) -> Response:
    """A credit note of this registration."""
    await _admitted(reader, caller, registration_id)
    note = await reader.get(CreditNote, number)
    if note is None or note.registration_id != registration_id:
        raise NotFound("credit-note-unknown", "This registration has no such credit note.")

    async def make() -> tuple[Document, bool]:
        made = await printable(reader, note.invoice_id, registration_id)
        return note_document(made, note), True

    file = await _file(reader, edge, press, f"note/{number}", make)
    return _answer(file, f"credit-note-{number}")


@router.get(
    "/billing/v1/invoices/{invoice_id}.pdf",
    response_class=Response,
    responses={**_PDF, **problems(401, 403, 404, 425)},
)
async def whole_invoice_pdf(
    invoice_id: PathId, _caller: OperatorDep, reader: ReaderDep, edge: EdgeDep, press: PrinterDep
) -> Response:
    """The whole invoice, with everybody who is on it: for staff, who send it to the employer."""

    async def make() -> tuple[Document, bool]:
        made = await printable(reader, invoice_id)
        return invoice_document(made, whole=True), made.is_final

    file = await _file(reader, edge, press, f"invoice/{invoice_id}", make)
    invoice = await reader.get(Invoice, invoice_id)
    return _answer(file, f"invoice-{invoice.number}" if invoice else "invoice")


async def _admitted(reader: Reader, caller: Caller, registration_id: str) -> Registration:
    registration = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, registration.token_version if registration else None)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    return registration


async def _file(
    reader: Reader,
    edge: EdgeDep,
    press: Printer,
    document_id: str,
    make: Callable[[], Awaitable[tuple[Document, bool]]],
) -> DocumentFile | Printed:
    """As it is kept; where it is not yet, it is made, kept, and read again, for another may have
    been quicker. What may yet be otherwise is printed afresh, and not kept."""
    kept = await reader.get(DocumentFile, document_id)
    if kept is not None:
        return kept
    document, final = await make()
    made = await press.make(page_of(document))
    if not final:
        return made
    wanted = KeepDocument(document_id, made.pdf, made.sha256, made.conformance)
    await edge.run(keep_document, wanted, answer=lambda _: (204, None))
    kept = await reader.get(DocumentFile, document_id)
    if kept is None:
        raise NotFound("document-unknown", "The document could not be kept; try again.")
    return kept


def _answer(file: DocumentFile | Printed, name: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, max-age=0",
    }
    return Response(file.pdf, media_type="application/pdf", headers=headers)
