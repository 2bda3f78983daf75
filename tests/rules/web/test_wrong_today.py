"""What went wrong today: counted by service and kind, with the page where it is mended."""

from datetime import UTC, datetime

from services.web.domain.wrong_today import Trouble, Wrong, wrong_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # 7:00 in New York
NY = "America/New_York"


def task(number: int, kind: str, opened: str) -> dict[str, str]:
    return {"task_id": f"t-{number}", "kind": kind, "opened_at": opened}


def test_only_what_is_of_today_counts_by_the_clocks_of_the_day():
    tasks = {
        "billing": {
            "items": [
                task(1, "refund-failed", "2026-03-02T04:59:59Z"),  # yesterday in New York
                task(2, "refund-failed", "2026-03-02T05:00:00Z"),
                task(3, "refund-failed", "2026-03-02T11:00:00Z"),
                task(4, "credit-refused", "2026-03-02T11:00:00Z"),
                task(5, "credit-refused", "no time"),
            ],
            "next": None,
        },
        "partners": {"items": [], "next": None},
    }
    letters = {"web": {"items": [{"died_at": "2026-03-02T09:00:00Z"}], "next": None}}
    assert wrong_of(tasks, letters, NOW, NOW, NY) == Wrong(
        (
            Trouble("web", "dead letter", 1, "/console/system/dead-letters?service=web"),
            Trouble("billing", "credit refused", 1, "/console/system/tasks/billing/t-4"),
            Trouble("billing", "refund failed", 2, "/console/system?q=billing+refund-failed"),
        )
    )


def test_who_did_not_say_is_named_once_and_a_cut_list_is_told():
    more = {"items": [], "next": "x"}
    told = wrong_of({"billing": None, "web": more}, {"billing": None}, NOW, NOW, "UTC")
    assert told == Wrong((), ("billing",), more=True)


def test_where_nothing_is_nothing_is_told():
    empty = {"items": [], "next": None}
    assert wrong_of({"billing": empty}, {"billing": empty}, NOW, NOW, NY) == Wrong()
