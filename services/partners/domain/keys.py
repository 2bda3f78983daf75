"""API keys: which scopes there are, and how a key reads (interfaces.md §1, §10 "Keys")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.errors import Conflict, Invalid, fault

PLAIN = ("operator", "platform", "reader")
_OF_PARTNER = re.compile(r"partner:([a-z0-9][a-z0-9-]{0,62})")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class ScopesInvalid(Invalid):
    """Scopes that no key can have."""

    slug = "scopes-invalid"


class PartnerNameInvalid(Invalid):
    """An id that cannot be part of a topic's name."""

    slug = "partner-id-invalid"


class KeyRevokedAlready(Conflict):
    """A revoked key stays revoked."""

    slug = "key-revoked"


def check_scopes(scopes: Sequence[str]) -> None:
    """Refuses an empty list, unknown scopes, and keys of two partners at once."""
    faults = [
        fault(f"/scopes/{at}", "Use operator, platform, reader or partner:<id>.")
        for at, scope in enumerate(scopes)
        if scope not in PLAIN and not _OF_PARTNER.fullmatch(scope)
    ]
    if not scopes:
        faults = [fault("/scopes", "A key needs at least one scope.")]
    elif len({scope for scope in scopes if scope.startswith("partner:")}) > 1:
        faults.append(fault("/scopes", "A key is good for one partner."))
    if faults:
        raise ScopesInvalid("These scopes cannot be given to a key.", errors=faults)


def partner_of(scopes: Sequence[str]) -> str | None:
    """The partner whose key it is."""
    found = next((_OF_PARTNER.fullmatch(s) for s in scopes if s.startswith("partner:")), None)
    return found.group(1) if found else None


def check_partner_id(partner_id: str) -> None:
    """A partner's id is part of scopes and of topics' names: lowercase, digits, hyphens."""
    if not _NAME.fullmatch(partner_id):
        raise PartnerNameInvalid(
            "A partner's id is 1 to 63 of a-z, 0-9 and hyphens, and does not begin with a hyphen."
        )


def key_text(environment: str, secret: str) -> str:
    """`hf_<env>_<random>`: says what it is and where it belongs, should it be found somewhere."""
    return f"hf_{environment}_{secret}"
