"""What changed of a page that many look at, and what stands open."""

from datetime import UTC, datetime

from services.web.domain.feed import Feed, event, seen_of
from services.web.domain.todo import Todo, todo_of

PAGE = {"day": "<p>1</p>", "mail": "<p>2</p>"}


def test_whoever_saw_a_number_gets_what_is_newer():
    feed = Feed()
    feed.take(PAGE, 1_000)
    assert feed.number == 1_000
    assert feed.since(1_000) == {}
    feed.take(PAGE | {"mail": "<p>3</p>"}, 2_000)
    assert feed.since(1_000) == {"mail": "<p>3</p>"}
    feed.take(PAGE | {"mail": "<p>3</p>", "day": "<p>4</p>"}, 3_000)
    assert feed.since(1_000) == {"mail": "<p>3</p>", "day": "<p>4</p>"}
    assert feed.since(2_000) == {"day": "<p>4</p>"}


def test_nothing_new_is_no_new_number_and_numbers_rise_though_the_clock_does_not():
    feed = Feed()
    feed.take(PAGE, 1_000)
    feed.take(PAGE, 5_000)
    assert feed.number == 1_000
    feed.take(PAGE | {"day": "<p>9</p>"}, 900)
    assert feed.number == 1_001
    assert feed.since(1_000) == {"day": "<p>9</p>"}


def test_other_parts_or_a_number_of_before_or_of_nowhere_are_the_whole_page():
    feed = Feed()
    feed.take(PAGE, 1_000)
    for seen in (None, 999, 1_001):
        assert feed.since(seen) is None
    feed.take({"day": "<p>1</p>"}, 2_000)
    assert feed.since(1_000) is None
    assert feed.since(2_000) == {}


def test_a_last_event_id_is_a_number_of_ours_or_nothing():
    assert [seen_of(t) for t in ("17", "", None, "x", "-1", "²", "9" * 16)] == [17, *[None] * 6]


def test_an_event_is_named_numbered_and_one_line():
    assert event("parts", '{"a":1}', 7) == 'event: parts\nid: 7\ndata: {"a":1}\n\n'
    assert event("over", "{}") == "event: over\ndata: {}\n\n"


def test_tasks_of_all_services_are_counted_and_who_is_away_is_told():
    early, late = "2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z"
    said = {
        "billing": {"items": [{"opened_at": late, "due_at": "2026-03-02T11:59:59Z"}], "next": "x"},
        "partners": {"items": [{"opened_at": early, "due_at": None}], "next": None},
        "attendance": None,
    }
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    oldest = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert todo_of(said, now) == Todo(2, 1, oldest, ("attendance",), more=True)
    assert todo_of({"billing": {"items": []}}, now) == Todo(0, 0, None, ())
