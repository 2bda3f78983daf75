"""A certificate's page, for someone who has never heard of Holdfast."""

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
