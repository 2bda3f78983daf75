"""Files that are looked at and not kept: read in memory, never written anywhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from shared.errors import Malformed
from shared.runtime.bodies import LARGEST


class InMemory(MultiPartParser):
    """No body may be larger than this, so that nothing is ever spooled to a disk."""

    spool_max_size = LARGEST


async def parts_of(request: Request) -> dict[str, bytes | str]:
    """FastAPI dependency: the parts of a form by name, a file as bytes; 400 if it is no form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Malformed("form-unreadable", "This form cannot be read.")
    parser = InMemory(
        request.headers,
        request.stream(),
        max_files=2,
        max_fields=8,
        max_part_size=LARGEST,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, LookupError) as why:
        raise Malformed("form-unreadable", "This form cannot be read.") from why
    found: dict[str, bytes | str] = {}
    for name, part in form.multi_items():
        found[name] = await part.read() if isinstance(part, UploadFile) else part
    await form.close()
    return found


PartsDep = Annotated[dict[str, bytes | str], Depends(parts_of)]
