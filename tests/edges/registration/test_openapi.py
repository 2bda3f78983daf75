"""The OpenAPI document names every route and every answer it may give."""

from tests.edges.registration.conftest import Stage, application

# Route: the answers it declares beside 400, 413, 422, 500 and 503, which all may give.
ROUTES = {
    "put /courses/{course_id}": {"200", "201", "401", "403", "409"},
    "get /courses": {"200", "304"},
    "get /courses/{course_id}": {"200", "304", "404"},
    "put /courses/{course_id}/sessions/{session_id}": {"200", "401", "403", "404", "409"},
    "post /courses/{course_id}/sessions/{session_id}/preview": {
        "200", "401", "403", "404", "409",
    },
    "post /courses/{course_id}/registrations": {"200", "201", "401", "403", "404", "409"},
    "post /courses/{course_id}/registrations:batch": {"200", "401", "403", "404", "409"},
    "get /courses/{course_id}/registrations": {"200", "401", "403", "404"},
    "get /courses/{course_id}/file": {"200", "401", "403", "404"},
    "post /courses/{course_id}/check": {"200", "401", "403", "409"},
    "get /courses/{course_id}/disclosures": {"200", "401", "403", "404"},
    "get /courses/{course_id}/versions": {"200", "401", "403", "404"},
    "get /courses/{course_id}/waitlist": {"200", "401", "403", "404"},
    "get /registrations/{registration_id}": {"200", "401", "403", "404", "425"},
    "post /registrations/{registration_id}/accept-offer": {
        "200", "401", "403", "404", "409", "425",
    },
    "post /registrations/{registration_id}/cancel": {"202", "401", "403", "404", "409", "425"},
    "post /registrations/{registration_id}/substitute": {"200", "401", "403", "404", "409", "425"},
    "post /registrations/{registration_id}/transfer": {"200", "401", "403", "404", "409", "425"},
    "post /registrations/{registration_id}/attendee/preview": {"200", "401", "403", "404", "409"},
    "post /registrations/{registration_id}/substitute/preview": {
        "200", "401", "403", "404", "409",
    },
    "post /registrations/{registration_id}/cancel/preview": {"200", "401", "403", "404", "409"},
    "post /registrations/{registration_id}/transfer/preview": {"200", "401", "403", "404", "409"},
    "post /people/{person_id}/merge/preview": {"200", "401", "403", "404", "409"},
    "put /registrations/{registration_id}/attendee": {"200", "401", "403", "404", "409", "425"},
    "post /registrations/{registration_id}/disclosure": {"200", "401", "403", "404", "409", "425"},
    "post /registrations/{registration_id}/accommodation": {
        "200", "401", "403", "404", "409", "425",
    },
    "post /registrations/{registration_id}/accommodation/answer": {
        "200", "401", "403", "404", "409",
    },
    "get /courses/{course_id}/registrations/counts": {"200", "401", "403", "404"},
    "post /registrations/{registration_id}/complaints": {
        "200", "401", "403", "404", "409", "425",
    },
    "post /registrations/{registration_id}/complaints/answer": {"200", "401", "403", "404", "409"},
    "get /people": {"200", "401", "403"},
    "get /people/{person_id}": {"200", "401", "403", "404"},
    "post /people/{person_id}/merge": {"200", "401", "403", "404", "409"},
    "post /people/{person_id}/unmerge": {"200", "401", "403", "404", "409"},
    "post /people/{person_id}/erase": {"200", "401", "403", "404", "409"},
    "post /registrations/{registration_id}/links/renew": {"200", "401", "403", "404", "409"},
    "post /links": {"202", "401", "409"},
    "post /courses/{course_id}/cancel": {"202", "401", "403", "404", "409"},
    "get /courses/{course_id}/cancellation": {"200", "401", "403", "404"},
    "post /courses/{course_id}/sessions/{session_id}/cancel": {"202", "401", "403", "404", "409"},
    "post /registrations/{registration_id}/prefer": {"202", "401", "403", "404", "409", "425"},
    "get /dead-letters": {"200", "401", "403"},
    "get /dead-letters/{event_id}": {"200", "401", "403", "404"},
    "post /dead-letters/{event_id}/replay": {"202", "401", "403", "404", "409"},
    "post /dead-letters/{event_id}/drop": {"200", "401", "403", "404", "409"},
    "get /processes": {"200", "401", "403"},
    "get /tasks": {"200", "401", "403"},
    "get /tasks/{task_id}": {"200", "401", "403", "404"},
    "post /tasks/{task_id}/close": {"200", "401", "403", "404", "409"},
}  # fmt: skip
ALWAYS = {"400", "413", "422", "500", "503"}


async def test_every_route_declares_its_answers_and_its_errors_as_problems(stage: Stage):
    answer = await stage.public.get("http://registration.test/registration/openapi.json")
    found = {
        f"{method} {path.removeprefix('/registration/v1')}": route["responses"]
        for path, routes in answer.json()["paths"].items()
        if path.startswith("/registration/v1")
        for method, route in routes.items()
    }
    assert {name: set(responses) - ALWAYS for name, responses in found.items()} == ROUTES
    for responses in found.values():
        assert set(responses) >= ALWAYS
        for status, response in responses.items():
            if status >= "400":
                assert "application/problem+json" in response["content"]


async def test_what_it_says_and_hears_is_served_as_asyncapi(stage: Stage):
    served = await stage.public.get("http://registration.test/registration/asyncapi.json")
    operations = served.json()["operations"]
    assert operations["registration.says.registration.cancelled.v1"]["action"] == "send"
    assert operations["registration.hears.invoice.paid.v1"]["action"] == "receive"


async def test_the_key_and_the_token_that_registering_and_cancelling_take_are_declared(
    stage: Stage,
):
    answer = await stage.public.get("http://registration.test/registration/openapi.json")
    paths = answer.json()["paths"]
    register = paths["/registration/v1/courses/{course_id}/registrations"]["post"]
    cancel = paths["/registration/v1/registrations/{registration_id}/cancel"]["post"]
    publish = paths["/registration/v1/courses/{course_id}"]["put"]
    for call, required in ((register, True), (cancel, True), (publish, False)):
        [header] = [each for each in call["parameters"] if each["in"] == "header"]
        assert (header["name"], header["required"]) == ("Idempotency-Key", required)
    assert register["security"] == [{}, {"bearer": []}, {"token": []}]
    assert cancel["security"] == [{"bearer": []}, {"token": []}]
    assert publish["security"] == [{"bearer": ["operator"]}]


async def test_without_the_declared_key_the_answer_is_still_that_it_is_required(stage: Stage):
    await stage.publish()
    refused = await stage.public.post("/courses/attachment/registrations", json=application())
    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/idempotency-key-required"


async def test_what_registering_answers_is_declared_field_by_field(stage: Stage):
    answer = await stage.public.get("http://registration.test/registration/openapi.json")
    document = answer.json()
    register = document["paths"]["/registration/v1/courses/{course_id}/registrations"]["post"]
    shapes = [
        document["components"]["schemas"][
            register["responses"][status]["content"]["application/json"]["schema"]["$ref"]
            .rpartition("/")[2]
        ]
        for status in ("201", "200")
    ]  # fmt: skip
    new, known = shapes
    assert set(new["properties"]) == {
        "registration_id", "status", "course_id", "price", "policy", "hold_expires_at",
        "position", "boards", "warnings", "token", "price_id",
    }  # fmt: skip
    assert set(new["properties"]) - set(new["required"]) == {"hold_expires_at", "position"}
    assert new["properties"]["token"]["type"] == "string"
    assert new["properties"]["hold_expires_at"]["anyOf"][0]["format"] == "date-time"
    assert set(known["properties"]) == {"registration_id", "status", "position"}


async def test_the_document_refers_to_nothing_that_a_reader_does_not_have(stage: Stage):
    answer = await stage.public.get("http://registration.test/registration/openapi.json")
    assert ".md" not in answer.text
