"""A certificate's page, for someone who has never heard of Holdfast."""

import pytest

CERTIFICATE = {
    "status": "valid",
    "number": "HF-2020-000042",
    "holder": "Žaneta Łuczyńska-O'Neil",
    "holder_erased": False,
    "title": "Improving Treatment Effectiveness with Attachment Theory",
    "provider": "Praxis CET",
    "board": "NBCC",
    "credits": 6.75,
    "unit": "clock hours",
    "issued_at": "2020-11-09T23:20:00Z",
    "ended_at": None,
    "reason": None,
    "superseded_by": None,
}
PATH = "/certificates/verify/K7QD-9M2X"


async def test_each_verdict_is_a_word_and_a_shape(visitor, owners):
    owners.on("GET", PATH, (200, CERTIFICATE))
    page = await visitor.get("/verify/K7QD-9M2X")
    assert page.status_code == 200
    assert "This certificate is valid" in page.text
    assert "Žaneta Łuczyńska-O&#39;Neil" in page.text
    assert "6.75 clock hours, NBCC" in page.text
    assert "November 9, 2020" in page.text
    ended = {"status": "revoked", "reason": "Issued in error", "ended_at": "2020-11-20T10:00:00Z"}
    owners.on("GET", PATH, (200, CERTIFICATE | ended))
    revoked = await visitor.get("/verify/K7QD-9M2X")
    assert "This certificate was revoked" in revoked.text
    assert "Issued in error" in revoked.text
    newer = {"status": "superseded", "superseded_by": "http://web.test/verify/NEW"}
    owners.on("GET", PATH, (200, CERTIFICATE | newer))
    assert 'href="http://web.test/verify/NEW"' in (await visitor.get("/verify/K7QD-9M2X")).text
    owners.on("GET", PATH, (200, CERTIFICATE | {"holder": None, "holder_erased": True}))
    erased = await visitor.get("/verify/K7QD-9M2X")
    assert "This certificate is valid" in erased.text
    assert "erased at their request" in erased.text


async def test_who_issued_it_is_named_and_whose_course_it_was_where_that_is_another(
    visitor, owners
):
    owners.on("GET", PATH, (200, CERTIFICATE))
    page = await visitor.get("/verify/K7QD-9M2X")
    assert "It was issued by Praxis CET" in page.text
    assert "Course by" not in page.text
    body = {"issuer": {"id": "did:web:x", "name": "Institute for Better Health, Inc"}}
    owners.on("GET", PATH, (200, CERTIFICATE | body))
    page = await visitor.get("/verify/K7QD-9M2X")
    assert "It was issued by Institute for Better Health, Inc" in page.text
    assert "Course by" in page.text


async def test_an_unknown_code_and_an_owner_away_are_told_apart(visitor, owners):
    owners.on("GET", "/certificates/verify/none", (404, {"status": "unknown"}))
    unknown = await visitor.get("/verify/none")
    assert (unknown.status_code, "We don’t know this certificate" in unknown.text) == (404, True)
    owners.down.add("certificates")
    away = await visitor.get("/verify/none")
    assert away.status_code == 503
    assert "This says nothing about the certificate itself" in away.text


async def test_a_certificates_number_is_not_answered_like_a_forgery(visitor, owners):
    owners.on("GET", "/certificates/verify/2020-QELS-ARCG-G555", (404, {"status": "unknown"}))
    page = await visitor.get("/verify/2020-QELS-ARCG-G555")
    assert page.status_code == 404
    assert "That is the certificate’s number" in page.text
    assert "The code stands under VERIFY AT" in page.text
    assert "We don’t know this certificate" not in page.text
    # A code has no 0, 1, 8 or 9: this one is none that we gave, and no number either.
    owners.on("GET", "/certificates/verify/2352-QELS-ARCG-G555", (404, {"status": "unknown"}))
    forged = await visitor.get("/verify/2352-QELS-ARCG-G555")
    assert "We don’t know this certificate" in forged.text


async def test_a_code_can_be_typed(visitor):
    assert 'name="code"' in (await visitor.get("/verify")).text
    answer = await visitor.get("/verify", params={"code": " K7QD/9M2X "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/verify/K7QD-9M2X")
    for nothing in ("", "  ", "/", "?#%"):
        assert 'name="code"' in (await visitor.get("/verify", params={"code": nothing})).text


async def test_a_code_that_no_certificate_can_have_is_unknown_and_not_a_failure(visitor, owners):
    owners.on("GET", f"/certificates/verify/{'x' * 300}", (422, {"type": "/problems/invalid"}))
    page = await visitor.get(f"/verify/{'x' * 300}")
    assert (page.status_code, "We don’t know this certificate" in page.text) == (404, True)


async def test_the_days_are_those_that_the_certificate_prints(visitor, owners):
    days = {
        "status": "revoked",
        "issued_at": "2020-11-10T02:00:00Z",
        "issued_on": "2020-11-09",
        "ended_at": "2020-12-01T03:00:00Z",
        "ended_on": "2020-11-30",
    }
    owners.on("GET", PATH, (200, CERTIFICATE | days))
    page = (await visitor.get("/verify/K7QD-9M2X")).text
    assert "November 9, 2020" in page
    assert "November 30, 2020" in page
    assert "November 10" not in page


BY = "/certificates/verify"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InVybjp1dWlkOjEifQ.c2lnbmF0dXJl-_0"
BY_HASH = {name: CERTIFICATE[name] for name in CERTIFICATE if name != "holder"}


async def uploaded(visitor, content: bytes, name: str = "certificate.pdf"):
    return await visitor.post("/verify", files={"file": (name, content, "application/pdf")})


async def test_a_pdf_is_verified_by_its_hash_and_does_not_leave_the_page(visitor, owners):
    owners.on("POST", BY, (200, BY_HASH))
    page = await uploaded(visitor, b"%PDF-1")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "This file is genuine, and its certificate is valid" in page.text
    assert "The name on the file" in page.text
    assert "erased" not in page.text
    [asked] = owners.calls(BY)
    # sha256sum of the six bytes
    digest = "21af8e71c8703196df7fe1ff901869a88fe64c07bbaa83d838efb45a52b4f303"
    assert asked.body == {"sha256": digest}


async def test_a_credential_is_verified_as_a_file_and_as_text(visitor, owners):
    owners.on("POST", BY, (200, CERTIFICATE))
    for page in (
        await uploaded(visitor, TOKEN.encode(), "certificate.jwt"),
        await visitor.post("/verify", files={"credential": (None, f" {TOKEN[:40]}\n{TOKEN[40:]}")}),
    ):
        assert "This credential is genuine, and its certificate is valid" in page.text
        assert "Žaneta Łuczyńska-O&#39;Neil" in page.text
    assert [one.body for one in owners.calls(BY)] == [{"jwt": TOKEN}] * 2


async def test_a_file_or_a_credential_that_is_not_known_says_why_that_may_be(visitor, owners):
    owners.on("POST", BY, (404, {"status": "unknown"}))
    page = await uploaded(visitor, b"%PDF-1")
    assert (page.status_code, "We don’t know this file" in page.text) == (404, True)
    assert "saved anew by another program" in page.text
    page = await visitor.post("/verify", files={"credential": (None, TOKEN)})
    assert (page.status_code, "We don’t know this credential" in page.text) == (404, True)
    assert 'name="code"' in page.text
    ended = {"status": "revoked", "reason": "It was issued in error", "ended_on": "2020-11-30"}
    owners.on("POST", BY, (200, BY_HASH | ended))
    assert "This certificate was revoked" in (await uploaded(visitor, b"%PDF-1")).text


async def test_what_is_no_certificate_is_told_beside_its_field_and_asks_nobody(visitor, owners):
    for content, says in (
        (b"", "Choose a file first."),
        (b"\xff\xd8\xff\xe0", "neither a PDF nor a digital credential"),
        (b"%PDF-" + b"x" * 1_900_000, "That is too large: a certificate’s file has less than 1.9 MB"),
    ):  # fmt: skip
        page = await uploaded(visitor, content)
        assert page.status_code == (413 if content[5:] else 422)
        assert says in page.text
        assert 'id="file-error"' in page.text
        assert "credential-error" not in page.text
    page = await visitor.post("/verify", files={"credential": (None, "eyJ <b>")})
    assert (page.status_code, "not a whole digital credential" in page.text) == (422, True)
    assert "eyJ &lt;b&gt;</textarea>" in page.text
    assert "<details open>" in page.text
    assert owners.calls(BY) == []


async def test_a_body_beyond_all_bounds_gets_a_page_and_not_a_document(visitor, owners):
    page = await uploaded(visitor, b"%PDF-" + b"x" * 2_000_001)
    assert (page.status_code, "<h1>That is too large" in page.text) == (413, True)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    machines = await visitor.post("/web/health/live", content=b"x" * 2_000_001)
    assert machines.headers["content-type"] == "application/problem+json"


async def test_a_form_that_is_none_gets_a_page(visitor, owners):
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    for content, headers in (
        (b"file=x", {"content-type": "application/x-www-form-urlencoded"}),
        (b"{}", {"content-type": "application/json"}),
        (b"no boundary", {"content-type": "multipart/form-data"}),
        (b"--y\r\n\r\n--y--", boundary),
        (b"\xff" * 100, boundary),
        (b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' * 6 + b"--x--", boundary),
    ):
        page = await visitor.post("/verify", content=content, headers=headers)
        assert page.status_code in (400, 422), content
        assert "<h1>" in page.text
    assert owners.calls(BY) == []


async def test_while_certificates_is_away_a_file_is_not_called_a_forgery(visitor, owners):
    owners.down.add("certificates")
    page = await uploaded(visitor, b"%PDF-1")
    assert (page.status_code, page.headers["retry-after"]) == (503, "30")
    assert "This says nothing about the certificate itself" in page.text
    owners.down.clear()
    for strange in ((200, {}), (200, []), (429, {"type": "/problems/slow-down"})):
        owners.on("POST", BY, strange)
        assert (await uploaded(visitor, b"%PDF-1")).status_code == 503


async def test_an_erased_holder_is_a_state_of_its_own_with_a_shape_of_its_own(visitor, owners):
    owners.on("GET", PATH, (200, CERTIFICATE))
    valid = (await visitor.get("/verify/K7QD-9M2X")).text
    owners.on("GET", PATH, (200, CERTIFICATE | {"holder": None, "holder_erased": True}))
    erased = (await visitor.get("/verify/K7QD-9M2X")).text
    assert "This certificate is valid; its holder was erased" in erased
    assert "stroke-dasharray" in erased
    assert "stroke-dasharray" not in valid
    owners.on("POST", BY, (200, BY_HASH | {"holder_erased": True}))
    by_file = (await uploaded(visitor, b"%PDF-1")).text
    assert "This certificate is valid; its holder was erased" in by_file


async def test_a_duplicate_is_called_one_and_a_presenters_certificate_too(visitor, owners):
    digest = "21af8e71c8703196df7fe1ff901869a88fe64c07bbaa83d838efb45a52b4f303"
    copy = {"kind": "duplicate", "made_on": "2020-11-30", "sha256": digest}
    other = {"kind": "signed", "made_on": "2020-11-12", "sha256": "0" * 64}
    known = BY_HASH | {"sha256": "f" * 64, "copies": [other, copy, None]}
    owners.on("POST", BY, (200, known))
    assert (
        "This file is a duplicate, made on November 30, 2020."
        in (await uploaded(visitor, b"%PDF-1")).text
    )
    owners.on("POST", BY, (200, known | {"sha256": digest}))
    assert "a duplicate" not in (await uploaded(visitor, b"%PDF-1")).text
    presenting = {"kind": "presenter", "board": None, "key_compromised_at": "2020-11-20T10:00:00Z"}
    owners.on("GET", PATH, (200, CERTIFICATE | presenting))
    page = (await visitor.get("/verify/K7QD-9M2X")).text
    assert "<dt>Presented</dt><dd>6.75 clock hours, no CE credit</dd>" in page
    owners.on("GET", PATH, (200, CERTIFICATE | {"kind": "participation", "board": None}))
    page = (await visitor.get("/verify/K7QD-9M2X")).text
    assert "<dt>Attended</dt><dd>6.75 clock hours, no CE credit</dd>" in page
    owners.on("GET", PATH, (200, CERTIFICATE | presenting))
    page = (await visitor.get("/verify/K7QD-9M2X")).text
    assert "Others may have had the key" in page


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("corrected", "What stands on it was not right"),
        ("name-corrected", "The name on it was not right"),
        ("more-credits", "What it says was earned; the newer one gives more."),
        ("credit-given", "a certificate of credit took its place"),
        ("key-compromised", "What it says stands. It was issued again"),
        (None, "Do not rely on it; rely on the newer one."),
        ("of a later version", "Do not rely on it; rely on the newer one."),
    ],
)
async def test_one_that_was_replaced_says_by_its_cause_whether_what_stands_on_it_holds(
    visitor, owners, cause, told
):
    ended = {"status": "superseded", "cause": cause, "ended_at": "2020-11-20T10:00:00Z"}
    owners.on("GET", PATH, (200, CERTIFICATE | ended))
    page = await visitor.get("/verify/K7QD-9M2X")
    assert told in page.text
    assert "It was true" not in page.text


async def test_certificates_is_told_for_whom_it_is_asked_so_that_each_is_counted(visitor, owners):
    owners.on("GET", PATH, (200, CERTIFICATE))
    await visitor.get("/verify/K7QD-9M2X", headers={"X-Forwarded-For": "8.8.8.8"})
    await visitor.get("/verify/K7QD-9M2X", headers={"X-Forwarded-For": "1.1.1.1, 8.8.4.4"})
    assert [one.client for one in owners.calls(PATH)] == ["8.8.8.8", "8.8.4.4"]
    await visitor.get("/courses/attachment-2020")
    assert {one.client for one in owners.asked if one.path != PATH} <= {None}
