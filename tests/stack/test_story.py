"""The figures of the demo: each can come out wrong, and what is missing is said, not tripped over."""

import httpx
import pytest

from cli import say
from cli.demo import expected, files, telling
from cli.demo.figures import figures
from cli.demo.learners import learners
from cli.demo.story import Told
from cli.demo.watched import Seen
from cli.demo.world import OddError, World
from cli.jump import Addresses
from cli.mailbox import Mail, NoMailboxError, listed

LONDON = "learner34@example.org"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as on a wide terminal."""
    monkeypatch.setattr(say.out, "width", 200, raising=False)


def of(found: list, what: str):
    """The one figure of that name."""
    [figure] = [one for one in found if one.what == what]
    return figure


def reminded(*, clock: str = "8:00 PM", due: str = "20:00", sent: str = "20:00:01") -> Seen:
    """The Londoner's reminder of the day before session 2."""
    message = {
        "message_id": "m",
        "template": "reminder_1d",
        "subject": "s2",
        "status": "sent",
        "due_at": f"2020-10-25T{due}:00Z",
        "sent_at": f"2020-10-25T{sent}Z",
    }
    mail = Mail(f"Session 2 of 4 is on Monday, {clock}: a course", (LONDON,), "m@holdfast", "")
    return Seen(messages={34: [message]}, mails=[mail])


def test_where_nothing_came_out_every_figure_says_so_and_nothing_is_tripped_over(capsys):
    told, seen = Told(), Seen()
    found = figures(told, seen)
    right = {one.what for one in found if one.right}
    assert right == {
        "registrations in another state",
        "ledger, sum of all entries",
        "sent: anything else",
    }
    telling.show(told, seen, found, 1.0)
    said = capsys.readouterr().out
    assert "No certificate was issued." in said
    assert "DIFFERS  refund, quote: none, and must be refund: 169.00 back, fee 30.00" in said
    assert "DIFFERS  credit, outcome: none, and must be credit: 199.00 until 2021-10-06" in said
    assert "DIFFERS  captured, says the gateway: none, and must be 11,741.00" in said
    assert "DIFFERS  NBCC: certificates, credit hours: 0, 0.00 h, and must be 22, 174.00 h" in said
    assert (
        "DIFFERS  STATE of who missed too much: none, and must be withheld, 0.00 h, told why"
        in said
    )
    assert said.count("DIFFERS") == len(found) - 3


def test_the_page_to_open_is_that_of_a_learner_who_came_to_everything():
    # Missed session 3, stayed away, cancelled, never paid; and one who did nothing of that.
    by_number = {learner.number: learner for learner in learners()}
    people = [by_number[number] for number in (0, 22, 44, 52, 1)]
    told = Told(people=people, tokens={number: f"1.token{number}.mac" for number in by_number})
    assert telling.page_of("http://x.test", told) == "http://x.test/r/1.token1.mac"


def test_a_quote_of_the_wrong_kind_is_a_figure_that_differs():
    told = Told()
    nothing = {"outcome": "nothing", "fee": None, "refunds": [], "credit": None}
    told.quotes = {44: nothing, 56: nothing}
    found = figures(told, Seen(bills={}))
    assert of(found, "refund, quote").text(of(found, "refund, quote").got) == (
        "nothing: 0.00 back, fee 0.00"
    )
    assert not of(found, "credit, quote").right


@pytest.mark.parametrize(
    ("seen", "got"),
    [
        (reminded(), "10-25 20:00 UTC, for 8:00 PM"),
        (reminded(clock="4:00 PM"), "10-25 20:00 UTC, for 4:00 PM"),
        (reminded(due="19:00"), "10-25 19:00 UTC, not in time, for 8:00 PM"),
        (reminded(sent="20:05:01"), "10-25 20:00 UTC, not in time, for 8:00 PM"),
        (reminded(clock="soon"), "10-25 20:00 UTC, for no hour"),
    ],
)
def test_a_reminder_at_another_time_or_of_another_hour_differs(seen, got):
    figure = of(figures(Told(), seen), "London: reminder_1d of s2")
    assert figure.got == got
    assert figure.right == (seen == reminded())


def test_a_mail_that_is_called_sent_and_never_arrived_differs():
    people = learners()
    wanted = {p.email: expected.MAILS_OF.get(p.number, 14) for p in people}
    arrived = [Mail("", (to,), "", "") for to in sorted(wanted) for _ in range(wanted[to])]
    found = figures(Told(), Seen(mails=arrived))
    assert of(found, "mails that arrived").right
    assert of(found, "addresses that got more, or less").right
    found = figures(Told(), Seen(mails=arrived[1:]))
    assert of(found, "mails that arrived").got == 817
    assert of(found, "addresses that got more, or less").got == {
        "learner00@example.org": 14  # of 15
    }


def test_what_arrives_is_what_is_sent():
    assert sum(expected.MESSAGES.values()) == expected.MAILS
    others = sum(expected.MAILS_OF.values())
    assert others + (60 - len(expected.MAILS_OF)) * expected.MAILS_OF_MOST == expected.MAILS


def test_each_confirmation_is_looked_at_for_its_four_entries():
    entries = dict.fromkeys(range(59), 4)
    what = "confirmations with all four entries"
    assert of(figures(Told(), Seen(entries=entries)), what).right
    assert of(figures(Told(), Seen(entries=entries | {7: 3})), what).got == 58


def world(answer) -> World:
    made = World("http://door", "key", Addresses("", "", {}), "http://mailbox")
    made.client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return made


@pytest.mark.parametrize(
    "answer", [httpx.Response(500, text="down"), httpx.Response(200, text="<html>sorry</html>")]
)
async def test_what_is_no_pdf_is_not_saved_as_one(tmp_path, answer):
    told = Told()
    certificate = {"certificate_id": "c", "board": "NBCC"}
    seen = Seen(awards={p.number: {"certificates": [certificate]} for p in told.people})
    with pytest.raises(OddError, match="and no PDF"):
        await files.save(world(lambda _: answer), told, seen, tmp_path)
    assert list(tmp_path.iterdir()) == []


OWN = {"items": [{"id": "2", "subject": "B", "to": ["Ada@x"], "message_id": "<b@h>"}]}
MAILPIT = {
    "messages": [{"ID": "2", "Subject": "B", "To": [{"Address": "Ada@x"}], "MessageID": "b@h"}]
}
MAILDEV = [{"id": "2", "subject": "B", "to": [{"address": "Ada@x"}], "messageId": "b@h"}]


@pytest.mark.parametrize(
    ("path", "told", "source"),
    [
        ("/api/messages", OWN, "http://mailbox/messages/2.eml"),
        ("/api/v1/messages", MAILPIT, "http://mailbox/api/v1/message/2/raw"),
        ("/email", MAILDEV, "http://mailbox/email/2/source"),
    ],
)
async def test_every_mailbox_is_read_to_the_same(path, told, source):
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=told) if request.url.path == path else httpx.Response(404)

    client = world(answer).client
    assert await listed(client, "http://mailbox") == [Mail("B", ("ada@x",), "b@h", source)]


async def test_what_is_no_mailbox_is_said_to_be_none():
    with pytest.raises(NoMailboxError, match="is no mailbox that can be read"):
        await listed(world(lambda _: httpx.Response(404)).client, "http://mailbox")
