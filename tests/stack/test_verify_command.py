"""`certificates verify` where nothing runs: with a network, without one, with files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from cli import certificates, say, signing_keys, trust
from cli.here import Here
from cli.main import app
from cli.say import AWAY, REFUSED, USAGE, Ends
from stack.state import State
from tests.stack.forged import (
    DID,
    FORGED,
    LIST,
    PDF,
    PLACE,
    claims,
    did_json,
    listed,
    signed,
)
from tests.stack.test_command_line import door

KEYS_AT = "https://certs.example/.well-known/did.json"
AT = ["--at", "2020-11-11T00:00:00Z"]


class Net:
    """The world outside: what stands at an address, and what was asked for."""

    def __init__(self) -> None:
        self.pages = {KEYS_AT: json.dumps(did_json()), LIST: signed(listed())}
        self.asked: list[str] = []
        self.is_down = False

    def get(self, address: str) -> bytes:
        self.asked.append(address)
        if self.is_down or address not in self.pages:
            raise httpx.ConnectError("no network")
        return self.pages[address].encode()


@pytest.fixture
def net(monkeypatch, tmp_path) -> Net:
    """A machine of its own, on which nothing runs."""
    world = Net()

    def nothing() -> Here:
        raise Ends(AWAY, "Nothing is running here.")

    monkeypatch.setattr(certificates, "here", nothing)
    monkeypatch.setattr(trust, "fetched", world.get)
    monkeypatch.setattr(trust, "home", lambda: tmp_path / "home")
    return world


def verify(*words: Any, issuer: str | None = DID) -> tuple[int, dict[str, Any]]:
    """(exit code, what it says as JSON); `Ends` is raised as the program shows it."""
    named = ["--issuer", issuer] if issuer else []
    done = CliRunner().invoke(app, ["certificates", "verify", *map(str, words), *named, "--json"])
    if isinstance(done.exception, Ends):
        raise done.exception
    return done.exit_code, json.loads(done.stdout)


def test_a_good_one_is_checked_with_the_issuers_keys_and_list(net):
    code, told = verify(signed(claims()), *AT)
    assert (code, told["status"], told["issuer"]) == (0, "valid", DID)
    assert (told["credits"], told["number"]) == (8.0, "2020-7K3M-9Q2X-VD4T")
    assert net.asked == [KEYS_AT, LIST]
    assert told["keys"]["from"] == KEYS_AT


def test_what_was_fetched_once_does_without_a_network_and_says_its_age(net):
    with pytest.raises(Ends) as ended:
        verify(signed(claims()), *AT, "--offline")
    assert (ended.value.code, DID in ended.value.message) == (3, True)
    assert net.asked == []
    verify(signed(claims()), *AT)
    net.is_down = True
    net.asked.clear()
    for way in (["--offline"], []):
        code, told = verify(signed(claims()), *AT, *way)
        assert (code, told["status"], told["keys"]["from"]) == (0, "valid", "a copy kept here")
        assert told["status_list"]["from"] == "a copy kept here"
    assert net.asked == [KEYS_AT, LIST], "only where it may ask"
    words = ["certificates", "verify", signed(claims()), *AT, "--offline", "--issuer", DID]
    shown = CliRunner().invoke(app, words)
    assert "status list  a copy kept here, " in shown.stdout


def test_one_that_ended_by_the_list_is_refused(net):
    net.pages[LIST] = signed(listed(PLACE))
    code, told = verify(signed(claims()), *AT)
    assert (code, told["status"]) == (1, "revoked")
    assert "superseded" in told["reason"]


@pytest.mark.parametrize("kind", ["none", "old", "of somebody else"])
def test_without_a_list_it_is_open_and_no_success_unless_that_is_allowed(net, kind):
    token = signed(claims())
    if kind == "none":
        del net.pages[LIST]
    elif kind == "old":
        net.pages[LIST] = signed(listed(validUntil="2020-11-10T12:00:00Z"))
    else:
        entry = claims()["credentialStatus"] | {"statusListCredential": "https://evil.example/1"}
        token = signed(claims(credentialStatus=entry))
        net.pages["https://evil.example/1"] = signed(listed())
    code, told = verify(token, *AT)
    assert (code, told["status"]) == (1, "unknown-status")
    assert told["reason"]
    assert verify(token, *AT, "--allow-unknown-status")[0] == 0
    assert "https://evil.example/1" not in net.asked


@pytest.mark.parametrize("kind", sorted(FORGED.keys() - {"a key id of another issuer"}))
def test_a_forged_one_is_refused_and_says_why(net, kind):
    code, told = verify(FORGED[kind], *AT, "--allow-unknown-status")
    assert (code, told["status"]) == (1, "invalid")
    assert told["reason"].endswith(".")


def test_one_of_an_issuer_whose_keys_are_nowhere_is_not_judged(net):
    with pytest.raises(Ends) as ended:
        verify(FORGED["a key id of another issuer"], *AT)
    assert (ended.value.code, ended.value.message) == (
        3,
        "The keys of did:web:evil.example are not known here.",
    )


def test_one_by_a_key_that_leaked_is_for_the_issuer_to_say(net):
    net.pages[KEYS_AT] = json.dumps(did_json(revoked="2020-11-10T00:00:00Z"))
    code, told = verify(signed(claims()), *AT, "--allow-unknown-status")
    assert (code, told["status"]) == (1, "unconfirmed")
    assert "no longer secret" in told["reason"]


def test_keys_and_list_can_be_given_as_files(net, tmp_path):
    keys, status = tmp_path / "did.json", tmp_path / "list.jwt"
    keys.write_text(json.dumps(did_json()))
    status.write_text(signed(listed(PLACE)) + "\n")
    given = ["--keys", keys, "--status", status, "--offline"]
    assert verify(signed(claims()), *AT, *given)[1]["status"] == "revoked"
    status.write_text(signed(listed()))
    assert verify(signed(claims()), *AT, *given)[0] == 0
    assert net.asked == []
    keys.write_text("{")
    assert verify(signed(claims()), *AT, *given)[1]["status"] == "invalid"
    with pytest.raises(Ends) as ended:
        verify(signed(claims()), "--keys", tmp_path / "none")
    assert ended.value.code == 2


def of_another(said: Any) -> Any:
    """The same, of an issuer who has a domain of their own: that is all it takes."""
    return json.loads(json.dumps(said).replace("certs.example", "evil.example"))


@pytest.mark.parametrize("way", ["files", "network"])
def test_one_of_an_issuer_whom_nobody_named_is_not_called_valid(net, tmp_path, way):
    evil = of_another(DID)
    kid = of_another(f"{DID}#2020-1")
    token = signed(of_another(claims()), kid=kid)
    status = signed(of_another(listed()), kid=kid)
    given = []
    if way == "files":
        (tmp_path / "did.json").write_text(json.dumps(of_another(did_json())))
        (tmp_path / "list.jwt").write_text(status)
        given = ["--keys", tmp_path / "did.json", "--status", tmp_path / "list.jwt", "--offline"]
    net.pages[of_another(KEYS_AT)] = json.dumps(of_another(did_json()))
    net.pages[of_another(LIST)] = status
    for issuer in (None, DID):
        code, told = verify(token, *AT, *given, "--allow-unknown-status", issuer=issuer)
        assert (code, told["status"]) == (1, "unconfirmed-issuer")
        assert evil in told["reason"]
    assert verify(token, *AT, *given, issuer=evil)[0] == 0


def test_a_stack_that_runs_need_not_be_named(net, monkeypatch):
    its_own = httpx.Response(200, json={"id": DID})
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: its_own))
    assert verify(signed(claims()), *AT, issuer=None)[0] == 0


def test_an_issuer_is_named_by_its_did(net):
    with pytest.raises(Ends) as ended:
        verify(signed(claims()), issuer="certs.example")
    assert ended.value.code == 2


def test_a_pdf_is_held_against_the_credential_beside_it(net, tmp_path):
    pdf, beside = tmp_path / "certificate.pdf", tmp_path / "certificate.jwt"
    pdf.write_bytes(PDF)
    with pytest.raises(Ends) as ended:
        verify(pdf, "--offline")
    assert (ended.value.code, "--jwt" in ended.value.remedy) == (2, True)
    beside.write_text(signed(claims()))
    code, told = verify(pdf, *AT)
    assert (code, told["status"], told["pdf"]) == (0, "valid", "unchanged")
    pdf.write_bytes(PDF + b"\n")
    code, told = verify(pdf, *AT)
    assert (code, told["status"], told["pdf"]) == (1, "invalid", "changed")
    pdf.write_bytes(PDF)
    elsewhere = tmp_path / "of-another.jwt"
    elsewhere.write_text(signed(claims(relatedResource=...)))
    assert verify(pdf, "--jwt", elsewhere, *AT)[0] == 1
    elsewhere.write_text("junk")
    with pytest.raises(Ends):
        verify(pdf, "--jwt", elsewhere)


def test_a_code_is_looked_up_or_not_at_all(net):
    with pytest.raises(Ends) as ended:
        verify("7Q4M-AAAA-BBBB-CCCC", issuer=None)
    assert ended.value.code == 3, "it would be, where something ran"
    with pytest.raises(Ends) as ended:
        verify("7Q4M-AAAA-BBBB-CCCC", "--offline")
    assert (ended.value.code, ended.value.message) == (
        2,
        "A code can only be looked up at the issuer.",
    )


def test_a_stack_that_runs_is_asked_and_what_it_signs_with_is_kept_for_later(net, monkeypatch):
    valid = httpx.Response(200, json={"status": "valid", "board": "NBCC", "credits": 8.0})
    own = door(lambda _: valid, State("demo"))
    monkeypatch.setattr(certificates, "here", lambda: own)
    code, told = verify(signed(claims()), issuer=None)
    assert (code, told) == (0, {"status": "valid", "board": "NBCC", "credits": 8.0})
    net.is_down = True
    assert verify(signed(claims()), "--offline", *AT, issuer=None)[0] == 0


def test_a_copy_that_is_spoilt_or_of_another_address_is_none(net, tmp_path):
    verify(signed(claims()), *AT)
    kept = sorted((tmp_path / "home" / "verified").iterdir())
    assert len(kept) == 2
    for junk in ("", "{", "[]", '{"address": "x", "at": "2020-01-01T00:00:00Z", "text": ""}'):
        for path in kept:
            path.write_text(junk)
        with pytest.raises(Ends) as ended:
            verify(signed(claims()), *AT, "--offline")
        assert ended.value.code == 3


def test_where_nothing_can_be_kept_it_is_checked_all_the_same(net, tmp_path):
    (tmp_path / "home").write_text("a file where a directory should be")
    assert verify(signed(claims()), *AT)[0] == 0


def test_people_are_told_the_verdict_first_why_and_last_what_to_do(net):
    words = ["certificates", "verify", signed(claims()), *AT]
    done = CliRunner().invoke(app, [*words, "--issuer", DID])
    lines = done.stdout.splitlines()
    assert (lines[0], lines[1]) == ("  valid", f"  issuer  {DID}")
    assert lines[-1].endswith("whose it is says the PDF.")
    lines = CliRunner().invoke(app, words).stdout.splitlines()
    assert (lines[0], lines[-1].endswith("--issuer DID")) == ("  unconfirmed-issuer", True)
    del net.pages[LIST]
    done = CliRunner().invoke(app, ["certificates", "verify", FORGED["alg none"], *AT])
    assert done.stdout == ("  invalid\n  It is signed by none; certificates are signed by ES256.\n")


def test_an_age_is_told_in_words():
    now = datetime(2020, 11, 11, tzinfo=UTC)
    for seconds, words in (
        (0, "just fetched"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (7200, "2 hours"),
        (90_000, "1 day"),
    ):
        found = trust.Found("", "here", now - timedelta(seconds=seconds))
        assert words in certificates._whence(found.told(now)), seconds
    assert certificates._whence(trust.Found("", "a.json", None).told(now)) == "a.json"


# --- what it fetches with -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["missing", "moved", "endless"])
def test_what_is_no_plain_answer_of_a_bearable_size_is_not_taken(monkeypatch, kind):
    answers = {
        "missing": httpx.Response(404, text="no"),
        "moved": httpx.Response(302, headers={"Location": "https://evil.example/"}),
        "endless": httpx.Response(200, content=(b"x" * 100_000 for _ in range(1000))),
    }
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answers[kind]

    client = httpx.Client
    monkeypatch.setattr(
        httpx, "Client", lambda **more: client(**more, transport=httpx.MockTransport(answer))
    )
    with pytest.raises(trust._OddError):
        trust.fetched(KEYS_AT)
    assert asked == [KEYS_AT]


# --- keys ----------------------------------------------------------------------------------------


SINCE = ["--compromised-since", "2020-11-09T12:00:00+01:00"]
LEAK = "/certificates/v1/keys/leak"


class Keys:
    """A door to keys of which one leaked: what was asked, and three certificates issued again, one
    each time somebody looks."""

    def __init__(self, concerned: int = 3) -> None:
        self.sent: list[Any] = []
        self.concerned, self.done, self.rotated = concerned, 0, False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.sent.append(("GET", request.url.path, dict(request.url.params)))
            self.done = min(self.concerned, self.done + self.rotated)
            return httpx.Response(200, json=self.leak())
        self.sent.append(("POST", request.url.path, json.loads(request.content)))
        self.rotated = True
        made, old = {"key_id": f"{DID}#2"}, {"key_id": f"{DID}#1"}
        return httpx.Response(201, json={"made": made, "retired": old})

    def leak(self) -> dict[str, Any]:
        left = self.concerned - self.done
        counted = {"concerned": self.concerned, "left": left}
        course = {"course_id": "c1", "title": "Attachment", "provider": "Praxis CET", **counted}
        of_it = {"key_id": f"{DID}#1", "since": "2020-11-09T11:00:00Z", "done": self.done}
        return of_it | counted | {"courses": [course] if self.concerned else []}

    @property
    def posted(self) -> list[Any]:
        return [body for method, _, body in self.sent if method == "POST"]


@pytest.fixture
def ring(monkeypatch) -> Keys:
    keys = Keys()
    monkeypatch.setattr(signing_keys, "here", lambda: door(keys))
    monkeypatch.setattr(signing_keys, "_LOOK", 0.0)
    return keys


def asked(monkeypatch, answer: str) -> None:
    """Somebody sits there and answers."""
    monkeypatch.setattr(signing_keys, "_somebody_there", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answer == "y")


def rotate(*more: str) -> Result:
    return CliRunner().invoke(app, ["certificates", "rotate-key", *more])


def test_rotating_says_which_key_signs_now(ring):
    done = rotate()
    assert (done.exit_code, f"signs now  {DID}#2" in done.stdout) == (0, True)
    assert ring.sent == [("POST", "/certificates/v1/keys:rotate", {})], "nothing to be asked"


def test_before_many_certificates_are_issued_again_it_is_said_how_many_and_whose(ring, monkeypatch):
    asked(monkeypatch, "y")
    done = rotate(*SINCE)
    assert done.exit_code == 0, done.output
    for words in (
        "It signed 3 certificates of 1 course since, which are issued again:",
        "3  Attachment (c1, Praxis CET)",
        "issued again  3 certificates of 1 course",
        f"retired  {DID}#1",
        f"signs now  {DID}#2",
    ):
        assert words in done.output, words
    # What was asked about is what is done, and it is looked at until nothing is left.
    assert ring.sent[0] == ("GET", LEAK, {"since": "2020-11-09T11:00:00Z"})
    assert ring.posted == [{"compromised_at": "2020-11-09T11:00:00Z", "key_id": f"{DID}#1"}]
    assert ring.done == 3


def test_who_says_no_changes_nothing(ring, monkeypatch):
    asked(monkeypatch, "n")
    done = rotate(*SINCE)
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, done.exception.message) == (REFUSED, "Nothing was changed.")
    assert ring.posted == []


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_where_nobody_can_be_asked_nothing_is_done_without_yes(ring, more):
    done = rotate(*SINCE, *more)
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, "--yes" in done.exception.remedy) == (USAGE, True)
    assert "3 certificates of 1 course would be issued again" in done.exception.message
    assert (done.stdout, ring.posted) == ("", [])


def test_with_yes_and_json_what_came_of_it_is_json_and_nothing_else(ring):
    done = rotate(*SINCE, "--yes", "--json")
    told = json.loads(done.stdout)
    assert (told["made"]["key_id"], told["leak"]["done"], told["leak"]["left"]) == (
        f"{DID}#2",
        3,
        0,
    )


def test_what_does_not_move_is_left_to_itself_and_said(ring, monkeypatch):
    monkeypatch.setattr(signing_keys, "PATIENCE", -1.0)
    done = rotate(*SINCE, "--yes")
    assert "still to come  2: that goes on by itself" in done.stdout
    assert "bin/holdfast tasks" in done.stdout


def test_a_leak_of_nothing_is_said_and_rotated(ring):
    ring.concerned = 0
    done = rotate(*SINCE, "--yes")
    assert "It signed no certificate since that is to be issued again." in done.output
    assert len(ring.posted) == 1


def test_before_there_is_a_key_nobody_has_it(ring):
    ring.concerned = 0
    whole = ring.leak
    ring.leak = lambda: whole() | {"key_id": None, "since": None}
    done = rotate(*SINCE, "--yes")
    assert "There is no key yet, so nobody can have it: the first one is made." in done.output
    assert "None" not in done.output
    assert "cannot be taken back" not in done.output


def test_courses_of_which_nothing_is_left_are_not_counted(ring):
    whole = ring.leak
    more = {"course_id": "c2", "title": "Grief", "provider": "Praxis CET", "concerned": 2}
    ring.leak = lambda: (told := whole()) | {"courses": [*told["courses"], more | {"left": 0}]}
    done = rotate(*SINCE, "--yes")
    assert "It signed 3 certificates of 1 course since, which are issued again:" in done.output
    assert "Grief" not in done.output


def test_an_instant_that_is_none_is_wrong_usage(ring):
    wrong = rotate("--compromised-since", "noon")
    assert isinstance(wrong.exception, Ends)
    assert (wrong.exception.code, ring.sent) == (USAGE, [])


def test_keys_are_listed_with_what_became_of_them(monkeypatch):
    one = {
        "key_id": f"{DID}#1",
        "state": "retired",
        "created_at": "2020-11-09T23:20:00Z",
        "retired_at": "2020-11-10T00:00:00Z",
        "compromised_at": "2020-11-10T00:00:00Z",
        "rotates_at": None,
    }
    answer = httpx.Response(200, json={"items": [one]})
    monkeypatch.setattr(signing_keys, "here", lambda: door(lambda _: answer))
    done = CliRunner().invoke(app, ["certificates", "keys"])
    assert (done.exit_code, "compromised" in done.stdout, f"{DID}#1" in done.stdout) == (
        0,
        True,
        True,
    )
    none = httpx.Response(200, json={"items": []})
    monkeypatch.setattr(signing_keys, "here", lambda: door(lambda _: none))
    assert "There is none yet" in CliRunner().invoke(app, ["certificates", "keys"]).stdout


def test_a_joint_sponsors_key_is_its_own_and_a_key_says_whose_it_is(ring):
    rotate("--issuer", "ibh")
    assert ring.sent == [("POST", "/certificates/v1/keys:rotate", {"issuer": "ibh"})]
    ring.sent.clear()
    wrong = rotate("--issuer", "ibh", "--key", f"{DID}#1").exception
    assert isinstance(wrong, Ends)
    assert (wrong.code, ring.sent) == (USAGE, [])


def test_of_a_stack_all_who_issue_there_are_known(net, monkeypatch):
    body = f"{DID}:certificates:issuers:ibh"
    told = {
        "/certificates/.well-known/did.json": {"id": DID},
        "/certificates/issuers": {"items": [{"id": None, "did": DID}, {"id": "ibh", "did": body}]},
    }
    answers = door(lambda request: httpx.Response(200, json=told[request.url.path]))
    monkeypatch.setattr(certificates, "here", lambda: answers)
    known = trust.Trust(offline=True)
    certificates._know_own(known)
    assert known.vouched() == {DID, body}
    del told["/certificates/issuers"]
    older = trust.Trust(offline=True)
    missing = httpx.Response(404, json={"title": "Not found"})
    monkeypatch.setattr(
        certificates,
        "here",
        lambda: door(
            lambda request: (
                httpx.Response(200, json=told[request.url.path])
                if request.url.path in told
                else missing
            )
        ),
    )
    certificates._know_own(older)
    assert older.vouched() == {DID}


def test_whoever_is_named_is_all_who_count_and_given_keys_vouch_for_nobody(
    net, monkeypatch, tmp_path
):
    """A laptop's stack has everybody's DID, so whoever has keys of their own could sign by it."""
    valid = httpx.Response(200, json={"status": "valid", "board": "NBCC", "credits": 8.0})
    own = door(lambda _: valid, State("demo"))
    monkeypatch.setattr(certificates, "here", lambda: own)
    verify(signed(claims()), issuer=None)  # from now on the stack of this machine is known here
    keys, status = tmp_path / "did.json", tmp_path / "list.jwt"
    keys.write_text(json.dumps(did_json()))
    status.write_text(signed(listed()))
    given = ["--keys", keys, "--status", status, "--offline", *AT]
    assert verify(signed(claims()), "--offline", *AT, issuer=None)[1]["status"] == "valid"
    other = "did:web:certs.example.org"
    for words, issuer in ((given, other), (given, None), (["--offline", *AT], other)):
        code, told = verify(signed(claims()), *words, issuer=issuer)
        assert (code, told["status"]) == (1, "unconfirmed-issuer"), (words, issuer)
    assert verify(signed(claims()), *given)[1]["status"] == "valid", "named, with the keys given"


def test_a_stack_elsewhere_is_believed_for_the_one_command_only(net, monkeypatch):
    said = httpx.Response(200, json={"id": DID})
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: said))
    assert verify(signed(claims()), *AT, issuer=None)[1]["status"] == "valid"
    assert verify(signed(claims()), "--offline", *AT, issuer=None)[1]["status"] == (
        "unconfirmed-issuer"
    )


def test_what_an_issuer_calls_itself_cannot_steer_the_terminal(net):
    name = "\x1b[2J\x1b[H  valid\n  Example CE\u202e\x9b\a"
    words = ["certificates", "verify", signed(named(claims(), name)), *AT]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert not set(done.stdout) & set("\x1b\x9b\a\u202e")
    assert [line for line in done.stdout.splitlines() if "valid" in line] == [
        "  provider  \ufffd[2J\ufffd[H  valid\ufffd  Example CE\ufffd\ufffd\ufffd"
    ]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert not set(done.stdout) & set("\x1b\x9b\a\u202e")
    assert json.loads(done.stdout)["provider"] == name


def test_tables_and_lines_show_what_strangers_wrote_and_obey_none_of_it(capsys):
    say.table(["name"], [["\x1b[31mEsc\nnext"]])
    say.line("\u202eesreveR\x07 and \u0645\u06cc\u200c\u062e")  # a joiner belongs to a name
    said = capsys.readouterr().out
    assert "\ufffd[31mEsc\ufffdnext" in said
    assert "\ufffdesreveR\ufffd and \u0645\u06cc\u200c\u062e" in said
    assert not set(said) & set("\x1b\x07\u202e")


def named(said: Any, name: str) -> Any:
    """The same, of an issuer who calls itself so."""
    return {**said, "issuer": {**said["issuer"], "name": name}}


def test_what_is_not_so_is_no_line_of_the_verdict():
    shown = certificates._shown({"status": "valid", "holder": "Ada", "holder_erased": False})
    assert shown == {"holder": "Ada"}
