"""Names that never change: each message once, each calendar entry one (domain.md §7)."""

from __future__ import annotations

from uuid import UUID, uuid5

_NAMES = UUID("6b1d7a52-5f0c-5d6f-9a53-0d5f3f7c8e21")


def dedup_key(
    registration_id: str, person_id: str, template: str, subject: str, version: int
) -> str:
    """The key by which a message is sent once: stable ids only."""
    return f"{registration_id}/{person_id}/{template}/{subject}/{version}"


def message_id(key: str) -> str:
    """The message's id, which its Message-ID header is made of."""
    return str(uuid5(_NAMES, key))


def calendar_uid(registration_id: str, session_id: str) -> str:
    """A calendar entry's UID: the same for ever, whoever comes and wherever it is sent from."""
    return f"{uuid5(_NAMES, f'calendar/{registration_id}/{session_id}')}@holdfast"
