"""A lost link: asked for by address, and the same said whatever belongs to it."""

from tests.edges.web.owners import problem

LINKS = "/registration/v1/links"


async def test_the_links_of_an_address_are_asked_for_and_the_answer_tells_nothing(visitor, owners):
    owners.on("POST", LINKS, (202, {"status": "accepted"}))
    page = await visitor.get("/links")
    key = page.text.split('name="key" value="')[1][:32]
    answer = await visitor.post("/links", data={"email": " ada@learners.example ", "key": key})
    assert answer.status_code == 200
    assert (
        "If anything belongs to that address, a mail with the links is on its way." in answer.text
    )
    assert "ada@" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    [asked] = owners.calls(LINKS)
    assert (asked.body, asked.key, asked.token) == ({"email": "ada@learners.example"}, key, None)


async def test_pressed_twice_at_once_is_as_good_as_sent(visitor, owners):
    owners.on("POST", LINKS, (409, problem("idempotency-key-in-use", 409)))
    answer = await visitor.post("/links", data={"email": "ada@learners.example"})
    assert "a mail with the links is on its way" in answer.text


async def test_what_is_no_address_is_told_beside_the_field_and_kept(visitor, owners):
    for typed in ("", "ada", "ada@learners", "a b@c.example", "x" * 300 + "@c.example"):
        answer = await visitor.post("/links", data={"email": typed})
        assert answer.status_code == 422, typed
        assert 'id="email-error"' in answer.text
        assert f'value="{typed}"' in answer.text or len(typed) > 254
    assert owners.calls(LINKS) == []
    owners.on("POST", LINKS, (422, problem("invalid", 422)))
    answer = await visitor.post("/links", data={"email": "ada@learners.example"})
    assert answer.status_code == 422
    assert 'value="ada@learners.example"' in answer.text


async def test_while_registration_is_away_the_address_is_kept_with_its_key(visitor, owners):
    owners.down.add("registration")
    sent = {"email": "ada@learners.example", "key": "0" * 32}
    answer = await visitor.post("/links", data=sent)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert 'value="ada@learners.example"' in answer.text
    assert "0" * 32 in answer.text


async def test_a_link_that_leads_nowhere_leads_to_a_new_one(visitor):
    page = await visitor.get("/r/broken")
    assert page.status_code == 404
    assert 'class="button second" href="/links"' in page.text
