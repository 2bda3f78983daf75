"""What each role may do at the console."""

import pytest

from services.web.domain.roles import may, roles_of

ACTS = ("read", "people", "run", "money", "system")


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        (["viewer"], ["read"]),
        (["coordinator"], ["read", "people", "run"]),
        (["finance"], ["read", "people", "money"]),
        (["admin"], list(ACTS)),
        (["coordinator", "finance"], ["read", "people", "run", "money"]),
        ([], []),
        (["superuser"], []),
    ],
)
def test_who_may_what(roles, allowed):
    assert [act for act in ACTS if may(roles, act)] == allowed


@pytest.mark.parametrize(
    ("claimed", "roles"),
    [
        ("finance", ("finance",)),
        (["admin", "viewer"], ("viewer", "admin")),
        (["viewer", "unknown", 7, None, ["admin"]], ("viewer",)),
        (None, ()),
        ({"admin": True}, ()),
        (["Admin"], ()),
    ],
)
def test_roles_come_from_a_claim_by_their_names(claimed, roles):
    assert roles_of(claimed, {}) == roles


@pytest.mark.parametrize(
    ("claimed", "roles"),
    [
        (["training-team"], ("coordinator",)),
        ("training-team", ("coordinator",)),
        (["books", "training-team", "unknown", 7, None], ("coordinator", "finance")),
        (["admin", "finance", "coordinator"], ()),  # groups of the company, which were not named
        (["Training-Team"], ()),
    ],
)
def test_where_groups_are_named_no_other_word_is_a_role(claimed, roles):
    assert roles_of(claimed, {"training-team": "coordinator", "books": "finance"}) == roles
