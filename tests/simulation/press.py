"""The press: blank pages with true signatures, for what is decided is looked at and not how it is
printed. Now and then it breaks down, or takes so long that nobody waits for it."""

from __future__ import annotations

import hashlib

from services.certificates import signing
from services.certificates.domain.documents import Made, Order
from services.certificates.domain.pdf_binding import with_pdf
from services.certificates.render import CONFORMANCE
from shared.runtime.outside import Unknown
from tests.simulation.chance import Chances

TROUBLE = {"broke down": 0.5, "never came back": 0.5}


class Press:
    """Stands where the service's own does."""

    def __init__(self, secret: str) -> None:
        self.chances = Chances("press")
        self._secret = secret

    async def make(self, order: Order) -> Made:
        """The document of an order: the same bytes for the same order."""
        trouble = self.chances.trouble(f"{order.certificate_id}/{order.draft}", TROUBLE)
        if trouble == "broke down":
            raise RuntimeError("the press broke down")
        if trouble is not None:
            raise Unknown("the press never came back")
        pdf = f"%PDF-1.7 {order.page['number']} {order.draft}".encode()
        credential = with_pdf(order.credential, order.pdf_url, pdf)
        jwt = signing.sign(self._secret, order.key, credential)
        digest = hashlib.sha256(pdf).hexdigest()
        return Made(pdf, digest, CONFORMANCE, jwt, order.key.key_id)
