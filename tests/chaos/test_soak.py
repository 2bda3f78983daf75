"""What the soak calls growth: a line through the samples of a process that is warm."""

from tests.chaos.soak import judged


def samples(*taken: float) -> list[tuple[float, float]]:
    """One each minute."""
    return [(60.0 * minute, mb) for minute, mb in enumerate(taken)]


def test_a_process_that_warms_up_and_then_stays_is_well() -> None:
    warm = samples(60, 80, 100, 110, *([112, 110] * 8))
    [told] = judged({"billing": warm})
    assert (told["ok"], told["first"], told["last"], told["most"]) == (True, 60, 110, 112)
    assert -5 < told["grown"] < 5


def test_what_grows_by_more_than_twenty_megabytes_after_a_quarter_of_the_time_leaks() -> None:
    leaks = samples(*(100 + 0.5 * minute for minute in range(61)))
    barely = samples(*(100 + 0.4 * minute for minute in range(61)))
    told = judged({"billing": leaks, "web": barely})
    assert [(one["process"], one["grown"], one["ok"]) for one in told] == [
        ("billing", 22.5, False),
        ("web", 18.0, True),
    ]


def test_servers_fill_what_they_are_given_and_no_more() -> None:
    kafka = samples(180, 300, 420, 540)
    [told] = judged({"kafka": kafka})
    assert told["ok"]
    [told] = judged({"kafka": [*kafka, (240.0, 561.0)]})
    assert not told["ok"]
