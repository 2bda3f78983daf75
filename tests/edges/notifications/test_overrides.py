"""A provider's own template over HTTP: taken after a trial, sent by, fallen back from, reset."""

from typing import Any

import pytest

from services.notifications.letters import source_of
from tests.edges.notifications.conftest import World, course, words
from tests.edges.notifications.test_story import NEW_YORKER, PAID

OWN = source_of("registration_confirmed").replace("Your seat is confirmed.", "Welcome aboard.")
PATH = "/notifications/v1/templates/registration_confirmed"


async def put(world: World, source: str = OWN, version: int = 0, language: str = "") -> Any:
    return await world.http.put(
        f"{PATH}?language={language}",
        json={"source": source, "version": version, "reason": "our own voice"},
    )


async def tasks(world: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await world.http.get("/notifications/v1/tasks?kind=template-failed")
    ).json()["items"]
    return items


async def test_a_template_is_put_seen_sent_by_and_reset(world: World) -> None:
    answer = await put(world)
    assert answer.status_code == 200, answer.text
    assert answer.json() | {"at": ""} == {
        "language": "", "version": 1, "act": "set", "by": "operator", "reason": "our own voice",
        "at": "",
    }  # fmt: skip
    seen = (await world.http.get(PATH)).json()
    [theirs] = seen["theirs"]
    assert theirs["source"] == OWN
    assert "+{% block headline %}{% trans %}Welcome aboard." in theirs["differences"]
    assert not theirs["ours_changed"]
    assert "as it is" in seen["samples"]
    listed = (await world.http.get("/notifications/v1/templates")).json()["items"]
    assert [one["name"] for one in listed if one["theirs"]] == ["registration_confirmed"]

    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    [mail] = [one for one in world.post.mails if "Welcome aboard." in words(one)]
    assert "You get this mail because you registered for" in " ".join(words(mail).split())
    assert await tasks(world) == []

    gone = await world.http.delete(f"{PATH}?version=1&reason=enough")
    assert (gone.status_code, gone.json()["act"], gone.json()["version"]) == (200, "reset", 2)
    seen = (await world.http.get(PATH)).json()
    assert seen["theirs"] == []
    assert [(one["act"], one["reason"]) for one in seen["history"]] == [
        ("set", "our own voice"),
        ("reset", "enough"),
    ]
    again = await world.http.delete(f"{PATH}?version=2&reason=enough")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/override-unknown")
    audit = await world.dump("audit")
    assert {(one["act"], one["about"], one["why"]) for one in audit} >= {
        ("template.set", "registration_confirmed/all/1", "our own voice"),
        ("template.reset", "registration_confirmed/all/2", "enough"),
    }


async def test_one_for_a_language_is_for_its_readers_only(world: World) -> None:
    german = OWN.replace("Welcome aboard.", "Willkommen an Bord.")
    assert (await put(world, german, language="de")).status_code == 200
    for locale, said in (("de-AT", True), ("en-US", False), ("es", False)):
        page = await world.http.get(f"{PATH}/preview?format=text&locale={locale}")
        assert ("Willkommen an Bord." in page.text) is said
    ours = await world.http.get(f"{PATH}/preview?format=text&locale=de&by=ours")
    assert "Willkommen an Bord." not in ours.text
    unknown = await put(world, language="xx")
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/language-unknown")


async def test_who_has_not_seen_what_stands_overwrites_nothing(world: World) -> None:
    assert (await put(world)).status_code == 200
    late = await put(world, OWN.replace("aboard", "back"))
    assert (late.status_code, late.json()["type"]) == (409, "/problems/template-changed")
    assert late.json()["version"] == 1
    assert (await put(world, OWN, version=1)).json()["version"] == 1  # nothing new
    assert (await put(world, OWN.replace("aboard", "back"), 1)).json()["version"] == 2


async def test_that_ours_has_changed_is_said_until_theirs_was_set_again(world: World) -> None:
    assert (await put(world)).status_code == 200
    async with world.db.acquire() as con:  # as if an earlier release had had another one
        await con.execute("UPDATE overrides SET ours = 'of an earlier release'")
    assert (await world.http.get(PATH)).json()["theirs"][0]["ours_changed"]
    assert (await put(world, OWN, version=1)).json()["version"] == 2
    assert not (await world.http.get(PATH)).json()["theirs"][0]["ours_changed"]
    assert (await put(world, OWN, version=2)).json()["version"] == 2  # nothing new


async def test_one_with_faults_is_refused_with_all_of_them_and_changes_nothing(
    world: World,
) -> None:
    bad = OWN.replace("{{ name }}", "{{ nmae }}").replace("{% block preview", "<b>{% block preview")
    answer = await put(world, bad)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/template-invalid")
    told = [one["detail"] for one in answer.json()["errors"]]
    assert len(told) >= 2
    assert all(one.startswith("Line ") for one in told)
    assert any("do you mean `name`?" in one for one in told)
    looked = await world.http.post(f"{PATH}/preview", json={"source": bad})
    assert looked.json()["errors"] == answer.json()["errors"]
    assert (await world.http.get(PATH)).json()["theirs"] == []


@pytest.mark.parametrize("form", ["html", "text", "json", "eml"])
async def test_one_can_be_looked_at_before_it_is_accepted(world: World, form: str) -> None:
    params = {"format": form, "zone": "Europe/Berlin", "locale": "de-DE", "sample": "as it is"}
    answer = await world.http.post(f"{PATH}/preview", params=params, json={"source": OWN})
    assert answer.status_code == 200, answer.text
    assert "Welcome aboard." in answer.text
    assert (await world.http.get(PATH)).json()["history"] == []


async def test_any_sample_can_be_looked_at(world: World) -> None:
    for sample in (await world.http.get(PATH)).json()["samples"]:
        for form in ("text", "eml"):
            params = {"format": form, "sample": sample}
            assert (await world.http.get(f"{PATH}/preview", params=params)).status_code == 200
    none = await world.http.get(f"{PATH}/preview", params={"sample": "nothing"})
    assert (none.status_code, none.json()["type"]) == (404, "/problems/sample-unknown")


async def test_one_that_fails_on_the_day_loses_no_mail_and_asks_a_human_once(world: World) -> None:
    assert (await put(world)).status_code == 200
    async with world.db.acquire() as con:  # as if it had been taken by an older trial
        await con.execute("UPDATE overrides SET source = replace(source, 'course.title', 'gone')")
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    [mail] = [one for one in world.post.mails if "Your seat is confirmed." in words(one)]
    assert "gone" not in str(mail["Subject"])
    [task] = await tasks(world)
    assert task["about"]["template"] == "registration_confirmed"
    assert task["about"]["language"] == "all"
    assert "'gone' is undefined" in task["what"]
    stands = (await world.http.get(PATH)).json()["versions"][""]
    assert (await put(world, OWN, stands)).status_code == 200
    assert await tasks(world) == []


async def test_only_operators_may(world: World) -> None:
    nobody = {"Authorization": ""}
    body = {"source": OWN, "version": 0, "reason": "x"}
    for answer in (
        await world.http.get(PATH, headers=nobody),
        await world.http.put(PATH, json=body, headers=nobody),
        await world.http.delete(f"{PATH}?version=1&reason=x", headers=nobody),
        await world.http.post(f"{PATH}/preview", json={"source": OWN}, headers=nobody),
    ):
        assert answer.status_code == 401


async def test_letters_to_staff_are_by_ours_alone(world: World) -> None:
    path = "/notifications/v1/templates/staff_digest"
    source = (await world.http.get(path)).json()["ours"]["source"]
    answer = await world.http.put(path, json={"source": source, "version": 0, "reason": "x"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/template-ours")
