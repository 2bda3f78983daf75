"""What meets a prerequisite, and what is said where nothing does."""

import pytest

from services.registration.domain.prerequisites import (
    Named,
    PrerequisiteMissing,
    met_by,
    number_key,
)


@pytest.mark.parametrize(
    "written",
    ["2020-QELS-ARCG-G555", "2020 qels arcg g555", "2020qelsarcgg555", " 2020–QELS–ARCG–G555."],
)
def test_a_number_is_the_same_however_it_is_written(written):
    assert number_key(written) == "2020QELSARCGG555"


def test_each_requirement_is_met_by_the_first_certificate_that_was_shown():
    proved = [{"basics": "c-1"}, {"tutors": "c-2", "other": "c-9"}, {"basics": "c-3"}]
    assert met_by(["basics", "tutors"], proved) == {"basics": "c-1", "tutors": "c-2"}


def test_what_lacks_is_named_and_what_proved_nothing_is_pointed_at():
    with pytest.raises(PrerequisiteMissing) as refused:
        met_by(["basics", "tutors", "ethics"], [{}, {"basics": "c-1"}, {"other": "c-9"}])
    assert refused.value.facts == {"missing": ["tutors", "ethics"]}
    assert "tutors and ethics" in refused.value.detail
    pointers = [error["pointer"] for error in refused.value.errors]
    assert pointers == ["/prerequisites/0", "/prerequisites/2"]


def test_where_nothing_was_shown_the_whole_list_is_pointed_at():
    with pytest.raises(PrerequisiteMissing) as refused:
        met_by(["basics"], [])
    assert [error["pointer"] for error in refused.value.errors] == ["/prerequisites"]


def test_staff_do_without_only_what_lacks():
    assert met_by(["basics", "tutors"], [{"basics": "c-1"}], waived=True) == {
        "basics": "c-1",
        "tutors": None,
    }


@pytest.mark.parametrize(
    ("name", "email", "like"),
    [
        ("ADA  lovelace", "elsewhere@x.example", True),
        ("Ada King", "ADA@learners.example", True),
        ("Ada King", "elsewhere@x.example", False),
    ],
)
def test_a_holder_is_known_by_name_or_by_address(name, email, like):
    holder = Named("Ada Lovelace", "ada@learners.example")
    assert Named(name, email).is_like(holder) == like


def test_what_is_known_without_being_shown_counts_and_is_never_pointed_at():
    assert met_by(["basics"], [], [{"basics": "c-1"}]) == {"basics": "c-1"}
    with pytest.raises(PrerequisiteMissing) as refused:
        met_by(["tutors"], [], [{"basics": "c-1"}])
    assert [error["pointer"] for error in refused.value.errors] == ["/prerequisites"]
