"""Any order of arrival: the same awards, and each certificate once (domain.md §10, 4 and 8)."""

from __future__ import annotations

import random

import pytest

from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    cancellation_settled,
    cancelled,
    course,
    expired,
    paid,
    person,
    registered,
    settled,
    substituted,
)

LEARNERS = [
    ("Ada Quill", "counselor", [("counselor", "NJ", "1")], (7200, 7200, 0, 7200)),
    ("Bo Reed", "counselor", [("counselor", "NY", "2")], ()),
    ("Cy Stone", "nurse", [], (6299, 7200, 7200, 7200)),
    ("Mo Fern", "mft", [("mft", "NY", "3")], ()),
]
EXPECTED = {
    (about("Ada Quill")["registration_id"], "NBCC"): "6.0",
    (about("Ada Quill")["registration_id"], "STATE"): "0",
    (about("Bo Reed")["registration_id"], "NBCC"): "8.0",
    (about("Bo Reed")["registration_id"], "NYSED-MHC"): "8.0",
    (about("Cy Stone")["registration_id"], "ANCC"): "6.0",
    (about("Ed Umber")["registration_id"], "WESPSB"): "8.0",
    (about("Gus Wold")["registration_id"], "ANCC"): "0",
    (about("Hal Yarrow")["registration_id"], "APA"): "8.0",
}
CERTIFICATES = sorted(
    [
        (about("Ada Quill")["registration_id"], "NBCC", "6.0"),
        (about("Bo Reed")["registration_id"], "NBCC", "8.0"),
        (about("Bo Reed")["registration_id"], "NYSED-MHC", "8.0"),
        (about("Cy Stone")["registration_id"], "ANCC", "6.0"),
        (about("Ed Umber")["registration_id"], "WESPSB", "8.0"),
        (about("Hal Yarrow")["registration_id"], "APA", "8.0"),
        (about("Mo Fern")["registration_id"], "participation", "8.0"),
    ]
)
# Of each of these one event was a dead letter, and comes back whenever somebody replays it. They
# evaluate last, so that nothing is issued on the way.
TROUBLED = ["Ed Umber", "Gus Wold", "Hal Yarrow"]


def lives():
    """What registration says of those whose life was not simple, in its order."""
    ed_asked, ed_confirmed, _ = registered("Ed Umber")
    gus_asked, gus_confirmed, _ = registered("Gus Wold")
    hal_asked, hal_confirmed, _ = registered("Hal Yarrow")
    return [
        [ed_asked, expired("Ed Umber"), ed_confirmed],  # paid late, and a seat was free
        [gus_asked, gus_confirmed, cancelled("Gus Wold", "2020-10-01T00:00:00Z")],
        [hal_asked, hal_confirmed, substituted("Hal Yarrow", by="Ivy Ash")],
    ]


def troubled(dice):
    """Streams of theirs; what is replayed has no place in any order."""
    made, dead = [], []
    for life in lives():
        dead.append(life.pop(dice.randrange(len(life))))
        made += [life, [dead[-1]]]
    made += [[paid("Ed Umber")], [paid("Gus Wold")], [paid("Hal Yarrow")]]
    made += [[cancellation_settled("Gus Wold", "refund")]]
    made += [[person("Ed Umber", "educator")], [person("Gus Wold", "nurse")]]
    made += [[person("Hal Yarrow", "psychologist")], [person("Ivy Ash", "psychologist")]]
    return [*made, *(attended(who) for who in TROUBLED)], dead


def streams():
    """One list a topic and key: only within it is order given."""
    made = [[course()], *([event] for event in all_completed())]
    for who, profession, licenses, seconds in LEARNERS:
        made += [[person(who, profession, *licenses)], registered(who), [paid(who)]]
        made.append(attended(who, *seconds))
    return made


def shuffled(seed: int):
    dice, order = random.Random(seed), []
    more, dead = troubled(dice)
    left = streams() + more
    while left:
        stream = dice.choice(left)
        order.append(stream.pop(0))
        left = [s for s in left if s]
    return dice, order, dead


@pytest.mark.parametrize("seed", range(16))
async def test_shuffled_arrivals_give_the_same_awards_and_one_certificate_each(world, seed):
    dice, order, dead = shuffled(seed)
    waiting = [who for who, *_ in LEARNERS]
    known = set()
    while order:
        size = dice.randint(1, 12)
        batch, order = order[:size], order[size:]
        if fresh := [event for event in batch if event not in dead]:
            await world.hears(*fresh)
        for event in (event for event in batch if event in dead):
            await world.replays(event)
        known |= {e.registration_id for e in batch if e.type.startswith("registration.")}
        known |= {"course" for e in batch if e.type.startswith("course.")}
        if dice.random() < 0.5:
            await world.rests()
        ready = {"course", about(waiting[0])["registration_id"]} <= known if waiting else False
        if ready and dice.random() < 0.4:
            await world.evaluates(waiting.pop(0))
    for who in waiting:
        await world.evaluates(who)
    for who in TROUBLED:
        version = 2 if who == "Hal Yarrow" else 1
        await world.evaluates(who, version, asked=who != "Gus Wold")
    await world.rests()

    assert await world.granted() == EXPECTED
    rows = await world.rows("SELECT registration_id, board, credits, status FROM certificates")
    assert sorted((r["registration_id"], r["board"], r["credits"]) for r in rows) == CERTIFICATES
    assert {r["status"] for r in rows} == {"valid"}
    issued = await world.said("certificate.issued")
    assert len(issued) == len(CERTIFICATES)
    [apa] = [one for one in issued if one["board"] == "APA"]
    assert apa["person_id"] == about("Ivy Ash")["person_id"]
    assert await world.said("certificate.superseded", "task.opened") == []
    assert (
        await world.rows(
            "SELECT kind, ref FROM due WHERE kind NOT IN ('rotate_key', 'end_evidence')"
        )
        == []
    )


async def test_the_same_events_again_change_nothing(world):
    events = [event for stream in streams() for event in stream]
    ids = [f"0192a0b0-0000-7000-8000-{n:012d}" for n in range(len(events))]
    await world.hears(*events, ids=ids)
    for who, *_ in LEARNERS:
        await world.evaluates(who)
    await world.rests()
    before = await world.said()
    await world.hears(*events, ids=ids)
    for who, *_ in LEARNERS:
        assert await world.evaluates(who) == 200
    await world.rests()
    assert await world.said() == before


async def ready(world, *seconds):
    who = "Cy Stone"
    await world.hears(course(), person(who, "nurse"), *registered(who), *attended(who, *seconds))
    await world.hears(*all_completed())
    await world.evaluates(who)
    await world.rests()
    return who


async def test_better_evidence_later_supersedes_and_both_verify(world):
    who = await ready(world, 7200, 7200, 0, 7200)
    await world.hears(settled(who, "s3", 7200, version=2))
    await world.rests()
    first, second = await world.said("certificate.issued")
    [superseded] = await world.said("certificate.superseded")
    assert (first["credits"], second["credits"]) == ("6.0", "8.0")
    assert second["supersedes"] == first["certificate_id"] == superseded["certificate_id"]
    assert superseded["superseded_by"] == second["certificate_id"]
    shown = (await world.shown(who))["certificates"]
    assert [(c["status"], c["credits"]) for c in shown] == [("superseded", 6.0), ("valid", 8.0)]
    assert superseded["reason"] == "more-credits"
    codes = [c["verify_url"].rpartition("/")[2] for c in shown]
    assert codes[0] not in str(await world.said()), "the code is no part of a fact"
    old = await world.client().get(f"/certificates/verify/{codes[0]}")
    assert old.json()["status"] == "superseded"
    assert old.json()["superseded_by"] == shown[1]["verify_url"]
    new = await world.client().get(f"/certificates/verify/{codes[1]}")
    assert new.json()["status"] == "valid"


async def test_worse_evidence_later_revokes_nothing_and_asks_a_human_once(world):
    who = await ready(world)
    await world.hears(settled(who, "s3", 0, version=2))
    await world.hears(settled(who, "s2", 0, version=2))
    await world.rests()
    [task] = await world.said("task.opened")
    assert task["kind"] == "certificate-in-question"
    assert [c["status"] for c in (await world.shown(who))["certificates"]] == ["valid"]
    # And back again: as before, nothing more to say.
    await world.hears(settled(who, "s3", 7200, version=3), settled(who, "s2", 7200, version=3))
    await world.rests()
    assert len(await world.said("certificate.issued")) == 1
    assert (await world.granted())[about(who)["registration_id"], "ANCC"] == "8.0"
    [closed] = await world.said("task.closed")
    assert closed["task_id"] == task["task_id"]


async def test_an_older_version_that_comes_late_is_not_believed(world):
    who = "Cy Stone"
    await world.hears(course(), person(who, "nurse"), *registered(who), *all_completed())
    await world.hears(*[settled(who, s, 7200, version=2) for s in ("s1", "s2", "s3", "s4")])
    await world.hears(settled(who, "s1", 0, version=1))
    await world.evaluates(who)
    await world.rests()
    assert (await world.granted())[about(who)["registration_id"], "ANCC"] == "8.0"


async def test_whose_and_which_course_it_is_registration_says_whatever_others_said_before(world):
    who, wrong = "Cy Stone", {"course_id": "another", "person_id": "somebody"}
    told = [event.model_copy(update=wrong) for event in (*attended(who), paid(who))]
    await world.hears(*told[:3])
    await world.hears(course(), person(who, "nurse"), *registered(who))
    await world.hears(*told[3:], *all_completed())
    await world.evaluates(who)
    await world.rests()
    assert (await world.granted())[about(who)["registration_id"], "ANCC"] == "8.0"
    assert await world.rows("SELECT * FROM inbox WHERE outcome = 'dead'") == []
