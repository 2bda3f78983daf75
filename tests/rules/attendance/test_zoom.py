"""Zoom's words as lines of evidence: its published samples, and what comes of each."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.attendance.domain.keeping import ZOOM
from services.attendance.domain.lines import read_interval, read_observation
from services.attendance.domain.signature import SignatureInvalid, sealed, sign, signer_of
from services.attendance.domain.zoom import line_of, reason_of, registration_of, row_of
from shared.dates import rfc3339
from shared.errors import Malformed

SECRET = "what only this platform knows"

NOW = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
PERSON = {
    "user_id": "1234567890",
    "user_name": "Jill Chill",
    "id": "iFxeBPYun6SAiWUzBcEkX",
    "participant_uuid": "55555AAAiAAAAAiAiAiiAii",
    "email": "jchill@example.com",
    "registrant_id": "abcdefghij0-klmnopq23456",
    "participant_user_id": "rstuvwxyza789-cde",
    "customer_key": "349589LkJyeW",
    "phone_number": "8615250064084",
}


def event(name: str, person: dict[str, Any] | None = None, **subject: Any) -> dict[str, Any]:
    """A webhook in the shape of Zoom's samples."""
    about: dict[str, Any] = {
        "id": "1234567890",
        "uuid": "4444AAAiAAAAAiAiAiiAii==",
        "host_id": "x1yCzABCDEfg23HiJKl4mN",
        "topic": "Supervision with Jill",
        "type": 8,
        "start_time": "2021-07-13T21:44:51Z",
        "timezone": "America/Los_Angeles",
        "duration": 60,
        **subject,
    }
    if person is not None:
        about["participant"] = PERSON | person
    payload = {"account_id": "AAAAAABBBB", "object": about}
    return {"event": name, "event_ts": 1626230691572, "payload": payload}


@pytest.mark.parametrize(
    ("name", "person", "kind", "at"),
    [
        ("participant_joined", {"join_time": "2021-07-13T21:44:51Z"}, "joined", "21:44:51"),
        (
            "participant_left",
            {"leave_time": "2021-07-13T22:50:51Z", "date_time": "2021-07-13T21:44:51Z"},
            "left",
            "22:50:51",
        ),
        ("participant_joined_waiting_room", {"date_time": "2021-07-13T21:44:51Z"}, "waiting",
         "21:44:51"),
        ("participant_put_in_waiting_room", {"date_time": "2021-07-13T21:44:51Z"}, "waiting",
         "21:44:51"),
        ("participant_left_waiting_room", {"date_time": "2021-07-13T21:44:51Z"}, "waiting_left",
         "21:44:51"),
        ("participant_admitted", {"date_time": "2021-07-13T21:44:51Z"}, "admitted", "21:44:51"),
        ("participant_joined_breakout_room", {"join_time": "2021-07-13T21:45:51Z"},
         "breakout_joined", "21:45:51"),
        ("participant_left_breakout_room", {"leave_time": "2021-07-13T22:50:51Z"},
         "breakout_left", "22:50:51"),
    ],
)  # fmt: skip
def test_every_event_of_a_person_is_read(
    name: str, person: dict[str, Any], kind: str, at: str
) -> None:
    line = line_of(event(f"meeting.{name}", person))
    assert line is not None
    read = read_observation(line, SECRET, ZOOM)
    assert (read.kind, rfc3339(read.at)) == (kind, f"2021-07-13T{at}Z")
    assert (read.meeting_id, read.instance) == ("1234567890", "4444AAAiAAAAAiAiAiiAii==")
    assert read.who.participant_id == "registrant:abcdefghij0-klmnopq23456"
    assert read.who.registrant_id == "abcdefghij0-klmnopq23456"
    assert read.who.registration_id is None  # the key is not one of ours
    assert (read.who.name, read.who.email) == ("Jill Chill", "jchill@example.com")


@pytest.mark.parametrize(
    ("name", "more", "kind", "at"),
    [
        ("started", {}, "meeting_started", "21:44:51"),
        ("ended", {"end_time": "2021-07-13T23:00:51Z"}, "meeting_ended", "23:00:51"),
    ],
)
def test_the_meeting_itself(name: str, more: dict[str, Any], kind: str, at: str) -> None:
    line = line_of(event(f"meeting.{name}", **more))
    assert line is not None
    read = read_observation(line, SECRET, ZOOM)
    assert (read.kind, rfc3339(read.at)) == (kind, f"2021-07-13T{at}Z")
    assert (read.who.participant_id, read.instance) == (None, "4444AAAiAAAAAiAiAiiAii==")


def test_nothing_that_names_anybody_is_kept() -> None:
    person = {
        "leave_time": "2021-07-13T22:50:51Z",
        "leave_reason": "Jill Chill left the meeting.<br>Reason: Host ended the meeting.",
        "public_ip": "203.0.113.7",
    }
    line = line_of(event("meeting.participant_left", person, join_url="https://zoom.us/w/1?tk=x"))
    assert line is not None
    kept = json.dumps(read_observation(line, SECRET, ZOOM).body)
    for personal in (
        "Jill",
        "Chill",
        "example.com",
        "8615250064084",
        "203.0.113.7",
        "zoom.us",
        "349589LkJyeW",
    ):
        assert personal not in kept
    for told in ("host-ended", "55555AAAiAAAAAiAiAiiAii", "1626230691572"):
        assert told in kept


@pytest.mark.parametrize(
    "name",
    [
        "meeting.sharing_started",
        "recording.completed",
        "participant_joined",
        "",
        None,
        7,
        ["x"],
        {},
    ],
)
def test_what_is_about_something_else_is_no_line(name: Any) -> None:
    assert line_of({"event": name, "payload": event("x")["payload"]}) is None


@pytest.mark.parametrize(
    "payload",
    [None, [], "x", {"object": None}, {"object": {"participant": "Jill"}}, {"object": {"id": {}}}],
)
def test_what_is_missing_is_said_when_the_line_is_read(payload: Any) -> None:
    line = line_of({"event": "meeting.participant_joined", "payload": payload})
    assert line is not None
    with pytest.raises(Malformed):
        read_observation(line, SECRET, ZOOM)


def test_a_redelivery_has_the_same_id_and_all_else_another() -> None:
    joined = event("meeting.participant_joined", {"join_time": "2021-07-13T21:44:51Z"})

    def id_of(changed: dict[str, Any]) -> str:
        line = line_of(changed)
        assert line is not None
        return str(line["id"])

    later = joined | {"event_ts": 1626239999999}
    assert id_of(later) == id_of(joined)
    others = [
        event("meeting.participant_joined", {"join_time": "2021-07-13T21:44:52Z"}),
        event("meeting.participant_joined", {"join_time": "2021-07-13T21:44:51Z", "user_id": "2"}),
        event("meeting.participant_joined", {"join_time": "2021-07-13T21:44:51Z"}, uuid="5555=="),
        event("meeting.participant_left", {"leave_time": "2021-07-13T21:44:51Z"}),
    ]
    assert len({id_of(each) for each in [joined, *others]}) == 5


@pytest.mark.parametrize(
    ("person", "participant"),
    [
        ({}, "registrant:abcdefghij0-klmnopq23456"),
        ({"registrant_id": ""}, "account:rstuvwxyza789-cde"),
        ({"registrant_id": None, "participant_user_id": ""}, "connection:55555AAAiAAAAAiAiAiiAii"),
        (
            {"registrant_id": "", "participant_user_id": "", "participant_uuid": ""},
            "4444AAAiAAAAAiAiAiiAii==:1234567890",
        ),
    ],
)
def test_a_participant_is_known_by_what_lasts_longest(
    person: dict[str, Any], participant: str
) -> None:
    person = {"join_time": "2021-07-13T21:44:51Z"} | person
    line = line_of(event("meeting.participant_joined", person))
    assert line is not None
    assert line["participant_id"] == participant


@pytest.mark.parametrize(
    ("key", "registration"),
    [
        ("0192a0b05c1e7a108f0000000000b001", "0192a0b0-5c1e-7a10-8f00-00000000b001"),
        ("0192A0B05C1E7A108F0000000000B001", "0192a0b0-5c1e-7a10-8f00-00000000b001"),
        ("0192a0b0-5c1e-7a10-8f00-00000000b001", "0192a0b0-5c1e-7a10-8f00-00000000b001"),
        ("349589LkJyeW", None),
        ("jchill@example.com", None),
        ("", None),
        (None, None),
        (12, None),
        ({}, None),
    ],
)
def test_a_customer_key_names_a_registration_or_nobody(key: Any, registration: str | None) -> None:
    assert registration_of(key) == registration


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Jill left the meeting. Reason : left the meeting to join breakout room",
         "to-breakout-room"),
        ("Jill left the meeting. Reason : leave breakout room to join main meeting",
         "from-breakout-room"),
        ("Leave breakout room.", "from-breakout-room"),
        ("Jill left the meeting.<br>Reason: Host ended the meeting.", "host-ended"),
        ("Jill got disconnected from the meeting.<br>Reason: Client Close.", "disconnected"),
        ("Jill left the meeting.<br>Reason: left the meeting", "left"),
        ("Jill", "other"),
        (None, "other"),
    ],
)  # fmt: skip
def test_a_reason_is_kept_as_a_word(text: Any, word: str) -> None:
    assert reason_of(text) == word


def test_a_row_of_the_report() -> None:
    row = {
        "id": "", "user_id": "16778240", "participant_user_id": "", "name": "Jill Chill",
        "user_email": "", "registrant_id": "R1", "customer_key": "", "bo_mtg_id": "C0Vqcg+k7B==",
        "join_time": "2020-11-02T21:00:00Z", "leave_time": "2020-11-02T21:30:00Z",
        "duration": 30, "failover": False, "status": "in_meeting", "attentiveness_score": "",
    }  # fmt: skip
    read = read_interval(row_of(row, "880", "/ab/c=="), SECRET)
    assert (read.who.participant_id, read.who.registrant_id) == ("registrant:R1", "R1")
    assert not read.waiting
    assert read.left_at == NOW + timedelta(minutes=30)
    assert read.body == {
        "participant_id": "registrant:R1", "registrant_id": "R1", "user_id": "16778240",
        "bo_mtg_id": "C0Vqcg+k7B==", "join_time": "2020-11-02T21:00:00Z",
        "leave_time": "2020-11-02T21:30:00Z", "duration": 30, "failover": False,
        "status": "in_meeting", "joined_at": "2020-11-02T21:00:00Z",
        "left_at": "2020-11-02T21:30:00Z", "meeting_id": "880", "instance": "/ab/c==",
        "source": "zoom",
    }  # fmt: skip
    assert read_interval(row_of(row | {"status": "in_waiting_room"}, "880", "x"), SECRET).waiting


# --- the signature --------------------------------------------------------------------------------

BODY = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}'
STAMP = "1604350800"  # NOW
# Reckoned once with `openssl dgst -sha256 -hmac`.
SIGNED = "v0=f9d8201aa4d860733e7ed873e4d44f464fbc4c90511e957132c073e61e0bedcf"
SEALED = "79c3f17ec911f219b93a6a545d3493260e4584189b885d00af4534fe867e5ec3"


def test_the_signature_is_the_one_that_openssl_makes() -> None:
    assert sign("the secret", STAMP, BODY) == SIGNED
    assert sealed("the secret", "qgg8vlvZRS6UYooatFL8Aw") == SEALED
    assert signer_of(["another", "the secret"], STAMP, SIGNED, BODY, NOW) == "the secret"


@pytest.mark.parametrize(
    ("stamp", "signature", "body", "after"),
    [
        (STAMP, SIGNED, BODY + b" ", 0),
        (STAMP, SIGNED[:-1], BODY, 0),
        (STAMP, SIGNED.removeprefix("v0="), BODY, 0),
        (STAMP, SIGNED.upper(), BODY, 0),
        (STAMP, "", BODY, 0),
        (STAMP, "v0=é", BODY, 0),
        (STAMP, SIGNED, BODY, 301),
        (STAMP, SIGNED, BODY, -301),
        ("1604350801", SIGNED, BODY, 0),
        ("", SIGNED, BODY, 0),
        ("-1", SIGNED, BODY, 0),
        ("٣", SIGNED, BODY, 0),
        ("9" * 20, SIGNED, BODY, 0),
        ("9" * 4000, SIGNED, BODY, 0),
        ("1604350800.0", SIGNED, BODY, 0),
    ],
)
def test_what_is_not_signed_now_and_by_zoom_is_refused(
    stamp: str, signature: str, body: bytes, after: int
) -> None:
    with pytest.raises(SignatureInvalid):
        signer_of(["the secret"], stamp, signature, body, NOW + timedelta(seconds=after))


@pytest.mark.parametrize("after", [300, -300])
def test_five_minutes_are_allowed(after: int) -> None:
    now = NOW + timedelta(seconds=after)
    assert signer_of(["the secret"], STAMP, SIGNED, BODY, now) == "the secret"


def test_without_a_secret_nothing_is_zooms() -> None:
    with pytest.raises(SignatureInvalid):
        signer_of([], STAMP, SIGNED, BODY, NOW)
