"""A signature inside the PDF (PAdES B-B), for who wants one beside the credential. Optional.

The credential is what is verified; this is for readers such as Acrobat, and only as good as the
certificate that signs. The file then still conforms to PDF/UA-1, and no longer to PDF/A-2a (an
incremental signature cannot): so it is made beside the original and never in its place. pyHanko is
imported only where somebody signs, for it is a second of imports and an extra to install
(`requirements/signing.txt`).
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FIELD, SPOKEN = "Issuer", "Signature of the issuer of this certificate"


class CannotSign(ValueError):
    """What is set to sign with cannot be used; says what to do."""


class Signer:
    """Signs with the key of a PKCS#12 file, certifying that nothing may change any more."""

    def __init__(self, p12: Path, password: str) -> None:
        """Raises CannotSign where pyHanko is not installed, or the file cannot be opened so."""
        if find_spec("pyhanko") is None:
            raise CannotSign(
                "CERTIFICATES_SIGNER_P12 is set, and pyHanko is not installed. Run: pip install "
                "-r requirements/signing.txt. Or leave the variable out: nothing is signed then."
            )
        if not p12.is_file():
            raise CannotSign("CERTIFICATES_SIGNER_P12 names no file that can be read.")
        from pyhanko.sign import signers

        load: Any = signers.SimpleSigner.load_pkcs12
        opened = load(str(p12), passphrase=password.encode())
        if opened is None:
            raise CannotSign(
                "The file of CERTIFICATES_SIGNER_P12 cannot be opened with "
                "CERTIFICATES_SIGNER_PASSWORD: it is no PKCS#12 file, or the password is wrong."
            )
        self._opened: Any = opened

    def sign(self, pdf: bytes) -> bytes:
        """The signed file; each time another one, for the moment is in it. About 20 ms."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers

        how = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        place = fields.SigFieldSpec(
            sig_field_name=FIELD,
            readable_field_name=SPOKEN,  # what keeps PDF/UA-1: a name for who cannot see it
            invis_sig_settings=fields.InvisSigSettings(set_hidden_flag=True),
        )
        out = io.BytesIO()
        with_field = signers.PdfSigner(how, self._opened, new_field_spec=place)
        with_field.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
        return out.getvalue()
