"""Certificates at the console: shown with what can be done, weighed before it is done, done once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.owners import Asked, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_people import HERE, audited, desk  # noqa: F401
from tests.edges.web.test_console_today import plain

C = "0192a0b0-5c1e-7a10-8f00-00000000ce01"
OWN = f"/certificates/v1/certificates/{C}"
AT = f"/console/certificates/{C}"
ISSUED: dict[str, Any] = {
    "certificate_id": C, "registration_id": R, "board": "NBCC", "kind": "completion",
    "status": "valid", "number": "2020-QELS-ARCG-G555", "credits": 8.0, "unit": "hours",
    "issued_at": "2020-11-10T00:02:00Z", "reason": None, "words": "",
    "verify_url": "https://certs.example/verify/ABCD-EFGH-IJKL-MNOP",
}  # fmt: skip
CORRECTED = {"status": "superseded", "reason": "The certificate was corrected"}
ACTS: dict[str, Any] = {
    "certificate": ISSUED, "holder": "Ada Lovelace", "in_question": True, "pending": None,
    "facts": {"credits": 6.0, "unmet": ["attendance"]},
    "revoke": {
        "refused": None, "verifier": {"status": "revoked", "reason": "It was issued in error"},
    },
    "supersede": {
        "refused": None,
        "plain": {"name": "Ada Lovelace", "credits": 6.0, "verifier": CORRECTED},
        "named": {
            "name": None, "credits": 8.0,
            "verifier": {"status": "superseded", "reason": "The name was corrected"},
        },
    },
    "keep": {"refused": None, "verifier": {"status": "valid", "reason": None}},
}  # fmt: skip


@pytest.fixture
def given(desk: Service, owners: Played) -> Service:  # noqa: F811
    said = {"awards": [], "certificates": [ISSUED]}
    owners.on("GET", f"/certificates/v1/registrations/{R}", (200, said))
    owners.on("GET", f"{OWN}/acts", (200, ACTS))
    return desk


async def test_whoever_runs_courses_sees_what_can_be_done_and_finance_only_what_is(
    given: Service, owners: Played
) -> None:
    async with staff(given, "coordinator") as client:
        page = (await client.get(HERE)).text
        said = plain(page)
        assert "2020-QELS-ARCG-G555 Valid NBCC, 8.0 hours 2020-11-10 00:02" in said
        assert f'href="{AT}.pdf"' in page
        assert 'href="https://certs.example/verify/ABCD-EFGH-IJKL-MNOP"' in page
        assert all(f'href="{AT}/{deed}"' in page for deed in ("revoke", "supersede", "keep"))
        revoked = ISSUED | {"status": "revoked", "reason": "issued-in-error", "words": "Not hers"}
        answer = {"awards": [], "certificates": [revoked]}
        owners.on("GET", f"/certificates/v1/registrations/{R}", (200, answer))
        page = (await client.get(HERE)).text
        assert "Revoked issued in error NBCC, 8.0 hours 2020-11-10 00:02 “Not hers”" in plain(page)
        assert f'href="{AT}/supersede"' in page
        assert f'href="{AT}/revoke"' not in page
    async with staff(given, "finance", word="another") as client:
        page = (await client.get(HERE)).text
        assert f'href="{AT}.pdf"' in page
        assert f"{AT}/supersede" not in page


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("revoke", ["Revoked : it was issued in error.", "nothing takes its place by itself"]),
        (
            "supersede",
            [
                "A new one is made out to Ada Lovelace, unless you correct the name below.",
                "It says 6.0 hours; with a corrected name 8.0, for that takes nothing away.",
                "The old one holds until the new one is made.",
                "Superseded : the certificate was corrected.",
                "With a corrected name the reason is: the name was corrected.",
            ],
        ),
        ("keep", ["It stays as it is", "What was asked about it is answered."]),
    ],
)
async def test_each_says_what_it_means_before_it_is_done(
    given: Service, owners: Played, deed: str, words: list[str]
) -> None:
    async with staff(given, "coordinator") as client:
        said = plain((await client.get(f"{AT}/{deed}")).text)
    facts = [
        "Made out to Ada Lovelace", "Board NBCC", "It says 8.0 hours",
        "By what is known now 6.0 hours not met: attendance", "Whoever verifies it sees now Valid",
        "Nothing has been done yet.",
    ]  # fmt: skip
    assert [one for one in [*facts, *words] if one not in said] == [], said
    assert {one.method for one in owners.asked} == {"GET"}


async def test_it_is_done_once_with_a_reason_and_a_corrected_name(
    given: Service, owners: Played
) -> None:
    owners.on("POST", f"{OWN}/supersede", (202, ISSUED))
    async with staff(given, "coordinator") as client:
        page = (await client.get(f"{AT}/supersede")).text
        found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
        assert found
        form = {"csrf": csrf(page), "key": found[1], "reason": " ", "name": "Ada King"}
        refused = await client.post(f"{AT}/supersede", data=form)
        assert refused.status_code == 422
        assert 'value="Ada King"' in refused.text, "nothing typed is lost"
        assert found[1] in refused.text, "and it is the same request still"
        assert owners.calls(f"{OWN}/supersede") == []
        for _ in range(2):
            done = await client.post(f"{AT}/supersede", data=form | {"reason": "married"})
            assert (done.status_code, done.headers["location"]) == (303, f"{HERE}#certificates")
        await client.post(f"{AT}/supersede", data=form | {"reason": "so", "name": " "})
    first, second, third = owners.calls(f"{OWN}/supersede")
    assert first.body == {"reason": "married", "name": "Ada King"}
    assert first.key == second.key == found[1], "sent twice it counts once"
    assert in_whose_name(first) == "console:u-17"
    assert third.body == {"reason": "so"}


async def test_a_name_sent_to_revoke_or_keep_is_not_handed_on(
    given: Service, owners: Played
) -> None:
    async with staff(given, "admin") as client:
        token = csrf((await client.get(f"{AT}/revoke")).text)
        for deed in ("revoke", "keep"):
            owners.on("POST", f"{OWN}/{deed}", (200, ISSUED))
            form = {"csrf": token, "key": "1" * 32, "reason": "so", "name": "Eve"}
            assert (await client.post(f"{AT}/{deed}", data=form)).status_code == 303
            assert owners.calls(f"{OWN}/{deed}")[0].body == {"reason": "so"}


async def test_what_is_refused_is_told_before_and_after(given: Service, owners: Played) -> None:
    slug, detail = "already-superseded", "Supersede the one that took its place."
    owners.on("POST", f"{OWN}/supersede", (409, problem(slug, 409, detail)))
    async with staff(given, "coordinator") as client:
        token = csrf((await client.get(f"{AT}/supersede")).text)
        form = {"csrf": token, "key": "2" * 32, "reason": "married", "name": "Ada King"}
        page = await client.post(f"{AT}/supersede", data=form)
        assert page.status_code == 409
        assert detail in page.text
        assert "2" * 32 not in page.text, "another try is another request"
        assert 'value="married"' in page.text
        told = ACTS | {
            "supersede": ACTS["supersede"] | {"refused": {"slug": slug, "detail": detail}}
        }
        owners.on("GET", f"{OWN}/acts", (200, told))
        page = await client.get(f"{AT}/supersede")
        assert f"This can’t be done. {detail}" in plain(page.text)
        assert "Make the new one" not in page.text


async def test_an_owner_that_is_away_leaves_everything_as_it_is(
    given: Service, owners: Played
) -> None:
    async with staff(given, "coordinator") as client:
        token = csrf((await client.get(f"{AT}/revoke")).text)
        form = {"csrf": token, "key": "3" * 32, "reason": "not hers"}
        owners.on("POST", f"{OWN}/revoke", (503, problem("away", 503)))
        page = await client.post(f"{AT}/revoke", data=form)
        assert page.status_code == 503
        assert "Send it again: it counts once." in page.text
        assert "3" * 32 in page.text
        owners.down = {"certificates"}
        for path in (f"{AT}/revoke", f"{AT}.pdf", "/console/certificates/find?printed=x"):
            assert "Certificates is away" in (await client.get(path)).text
        said = plain((await client.get(HERE)).text)
        assert "What was issued is not known just now." in said


async def test_an_act_whose_owner_stays_away_is_kept_to_be_sent_again(
    given: Service, owners: Played
) -> None:
    async with staff(given, "coordinator") as client:
        token = csrf((await client.get(f"{AT}/supersede")).text)
        owners.down = {"certificates"}
        form = {"csrf": token, "key": "3" * 32, "reason": "married", "name": "<i>Ada"}
        page = await client.post(f"{AT}/supersede", data=form)
        assert page.status_code == 503
        assert "Certificates did not answer. Send it again: it counts once." in page.text
        assert "nothing was changed" not in page.text
        assert f'action="{AT}/supersede"' in page.text
        for name, value in (form | {"name": "&lt;i&gt;Ada"}).items():
            assert f'name="{name}" value="{value}"' in page.text
        owners.down = set()
        owners.on("GET", f"{OWN}/acts", (429, problem("too-many", 429)))
        owners.on("POST", f"{OWN}/supersede", (502, {}))
        page = await client.post(f"{AT}/supersede", data=form)
        assert (page.status_code, "Send it again" in page.text) == (503, True)


@pytest.mark.parametrize("role", ["viewer", "finance"])
async def test_nobody_else_does_it_and_nothing_is_asked_for_them(
    given: Service, owners: Played, role: str
) -> None:
    async with staff(given, role) as client:
        token = csrf((await client.get("/console/courses")).text)
        for deed in ("revoke", "supersede", "keep"):
            assert (await client.get(f"{AT}/{deed}")).status_code == 403
            form = {"csrf": token, "key": "4" * 32, "reason": "so"}
            assert (await client.post(f"{AT}/{deed}", data=form)).status_code == 403
    assert [one for one in owners.asked if one.path.startswith(OWN)] == []


async def test_without_the_form_of_this_session_nothing_is_done(
    given: Service, owners: Played
) -> None:
    async with staff(given, "admin") as client:
        for token in ("", "junk"):
            form = {"csrf": token, "key": "5" * 32, "reason": "so"}
            assert (await client.post(f"{AT}/revoke", data=form)).status_code == 403
        for deed in ("erase", "acts", "%00", "x" * 300):
            assert (await client.get(f"{AT}/{deed}")).status_code in (400, 404)
        assert (await client.get("/console/certificates/nobody/revoke")).status_code == 404
    assert owners.calls(f"{OWN}/revoke") == []


async def test_the_file_is_handed_on_and_that_it_was_read_is_kept(
    given: Service, owners: Played
) -> None:
    owners.files[f"{OWN}.pdf"] = b"%PDF-1.7 of Ada"
    async with staff(given, "finance") as client:
        file = await client.get(f"{AT}.pdf")
        assert (file.status_code, file.content) == (200, b"%PDF-1.7 of Ada")
        assert file.headers["content-type"] == "application/pdf"
        assert file.headers["cache-control"] == "no-store"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/console/certificates/another.pdf")).status_code == 404
    assert await audited(given) == [("console:u-17", "console.certificate-read", C)]
    assert in_whose_name(owners.calls(f"{OWN}.pdf")[0]) == "console:u-17"
    async with staff(given, "viewer", word="another") as client:
        assert (await client.get(f"{AT}.pdf")).status_code == 403


async def test_what_is_printed_on_it_leads_to_whose_it_is(given: Service, owners: Played) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        known = asked.query.get("printed") == "2020-qels arcg g555"
        return 200, {"items": [ISSUED] if known else [], "next": None}

    owners.on("GET", "/certificates/v1/certificates", answer)
    owners.on("GET", "/certificates/v1/approvals", (200, {"items": [], "next": None}))
    find = "/console/certificates/find"
    async with staff(given, "finance") as client:
        assert f'action="{find}"' in (await client.get("/console/certificates")).text
        sent = await client.get(find, params={"printed": " 2020-qels arcg g555 "})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{HERE}#certificates")
        for junk in ("nothing", "<script>", "x" * 5_000):
            page = await client.get(find, params={"printed": junk})
            assert page.status_code == 200
            assert "No certificate of ours has this number or code." in plain(page.text)
            assert "<script>alert" not in page.text
        owners.on("GET", "/certificates/v1/certificates", (429, problem("too-many", 429)))
        said = plain((await client.get(f"{find}?printed=x")).text)
        assert "Certificates could not be searched just now." in said
        assert "No certificate of ours" not in said
        owners.on("GET", "/certificates/v1/certificates", (422, problem("invalid", 422)))
        said = plain((await client.get(f"{find}?printed=x")).text)
        assert "No certificate of ours has this number or code." in said
    async with staff(given, "viewer", word="another") as client:
        assert find not in (await client.get("/console/certificates")).text
        assert (await client.get(f"{find}?printed=x")).status_code == 403


async def test_what_owners_say_is_no_markup(given: Service, owners: Played) -> None:
    evil = "<script>alert(1)</script>"
    odd = ISSUED | {"board": evil, "number": evil, "unit": evil}
    owners.on("GET", f"{OWN}/acts", (200, ACTS | {"certificate": odd, "holder": evil}))
    async with staff(given, "admin") as client:
        for deed in ("revoke", "supersede", "keep"):
            page = (await client.get(f"{AT}/{deed}")).text
            assert evil not in page
            assert "&lt;script&gt;" in page
