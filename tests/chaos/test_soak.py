"""What the soak calls growth: a line through the samples of a process that is warm."""

from tests.chaos.soak import judged


def samples(*taken: float) -> list[tuple[float, float]]:
    """One each minute."""
    return [(60.0 * minute, mb) for minute, mb in enumerate(taken)]


def test_a_process_that_warms_up_and_then_stays_is_well() -> None:
    warm = samples(60, 80, 100, 110, *([112, 110] * 8))
    [told] = judged({"billing": warm}, {"billing": warm})
    assert (told["ok"], told["first"], told["last"], told["most"]) == (True, 60, 110, 112)
    assert -5 < told["grown"] < 5


def test_what_grows_by_more_than_twenty_megabytes_after_a_quarter_of_the_time_leaks() -> None:
    leaks = samples(*(100 + 0.5 * minute for minute in range(61)))
    barely = samples(*(100 + 0.4 * minute for minute in range(61)))
    told = judged({"billing": leaks, "web": barely}, {"billing": leaks, "web": barely})
    assert [(one["process"], one["grown"], one["ok"]) for one in told] == [
        ("billing", 22.5, False),
        ("web", 18.0, True),
    ]


def test_servers_fill_what_they_are_given_and_no_more() -> None:
    kafka = samples(180, 300, 420, 540)
    [told] = judged({"kafka": kafka}, {"kafka": kafka})
    assert told["ok"]
    [told] = judged({"kafka": [*kafka, (240.0, 561.0)]}, {"kafka": kafka})
    assert not told["ok"]


def test_who_is_alone_with_a_program_once_more_has_not_grown() -> None:
    """While another stack ran it too, each was said to take half of its pages."""
    shared = samples(52, *([30] * 10), *([57] * 10))
    own = samples(*([20] * 21))
    [told] = judged({"front door": shared}, {"front door": own})
    assert (told["ok"], told["grown"], told["most"]) == (True, 0.0, 57)
