"""A schema as a table, and an API as its page tells it; expectations are written by hand."""

from typing import Any

import pytest

from services.web.domain.shown_api import Answer, Parameter, calls_of, shapes_of, who_of
from services.web.domain.shown_schema import Field, Piece, holds, notes, parts_of, shape_of

LINE = {"$ref": "#/$defs/Line"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "string, date-time"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"type": "array", "items": LINE}, "list of Line"),
        ({"type": "array"}, "list of anything"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map of integer"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({"anyOf": [LINE, {"type": "null"}]}, "Line or null"),
        ({"anyOf": [{"type": "integer"}, {"type": "integer"}]}, "integer"),
        ({"enum": ["csv", 7]}, '"csv" or 7'),
        ({"const": "card"}, '"card"'),
        ({}, "anything"),
    ],
    ids=["text", "format", "nullable", "list", "any-list", "map", "open", "part-or-null", "twice",
         "values", "one-value", "anything"],
)  # fmt: skip
def test_what_a_field_holds_is_said_in_words(schema, words):
    assert "".join(piece.text for piece in holds(schema)) == words


def test_a_part_leads_somewhere_and_the_words_around_it_do_not():
    assert holds({"type": "array", "items": {"$ref": "#/components/schemas/Line"}}) == (
        Piece("list of "),
        Piece("Line", "Line"),
    )


def test_bounds_and_a_default_worth_reading_are_noted():
    assert notes({"minLength": 1, "maxLength": 200, "default": ""}) == ("1 to 200 characters",)
    assert notes({"minLength": 1}) == ("not empty",)
    assert notes({"minLength": 2}) == ("at least 2 characters",)
    assert notes({"maxLength": 9}) == ("at most 9 characters",)
    assert notes({"default": "card"}) == ('default "card"',)
    assert notes({"default": None, "maxItems": 500}) == ("at most 500",)
    assert notes({"default": {"version": 1, "name": "x" * 40}}) == ("has a default",)
    assert notes({"pattern": "^[a-z]$", "minimum": 0}) == ("at least 0", "matches ^[a-z]$")


def test_what_must_be_there_comes_first():
    shape = shape_of(
        {
            "description": "A line.",
            "required": ["amount"],
            "properties": {
                "note": {"type": "string", "description": "As written."},
                "amount": {"type": "integer", "minimum": 0},
            },
        },
        "Line",
    )
    assert (shape.name, shape.about, shape.holds) == ("Line", "A line.", ())
    assert shape.fields == (
        Field("amount", (Piece("integer"),), True, ("at least 0",), ""),
        Field("note", (Piece("string"),), False, (), "As written."),
    )


def test_what_has_no_fields_says_what_it_holds():
    assert shape_of({"type": "string"}, "Slug").holds == (Piece("string"),)


def test_parts_are_followed_each_once_also_within_themselves():
    known: dict[str, Any] = {
        "Line": {"properties": {"tax": {"$ref": "#/$defs/Tax"}}},
        "Tax": {"properties": {"line": LINE, "lost": {"$ref": "#/$defs/Lost"}}},
        "Unused": {"type": "string"},
    }
    shapes = parts_of([{"properties": {"lines": {"type": "array", "items": LINE}}}], known)
    assert [shape.name for shape in shapes] == ["Line", "Tax"]


@pytest.mark.parametrize(
    ("security", "who"),
    [
        (None, "anyone"),
        ([], "anyone"),
        ([{"bearer": ["operator"]}], "a key with the scope operator"),
        ([{"bearer": ["operator", "reader"]}], "a key with the scope operator or reader"),
        (
            [{"bearer": []}, {"token": []}],
            "a key or a personal token, or a personal token in the address",
        ),
        ([{}, {"bearer": []}], "anyone, or a key or a personal token"),
    ],
    ids=["none", "empty", "scope", "scopes", "whose", "anyone-or"],
)
def test_who_may_call_is_said_in_words(security, who):
    assert who_of(security) == who


DOCUMENT = {
    "paths": {
        "/toy/v1/things/{thing_id}": {
            "post": {
                "summary": "Do",
                "description": "It is done.",
                "security": [{"bearer": ["operator"]}],
                "parameters": [
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "maxLength": 255},
                        "description": "Any text.",
                    }
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Do"}}}
                },
                "responses": {
                    "422": {"description": "Invalid", "content": {"application/problem+json": {}}},
                    "409": {"description": "Refused", "content": {"application/problem+json": {}}},
                    "200": {"description": "Done"},
                },
            },
            "get": {"responses": {}},
        }
    },
    "components": {"schemas": {"Do": {"properties": {"reason": {"type": "string"}}}}},
}


def test_a_call_says_who_may_make_it_what_goes_in_and_what_comes_out():
    got, posted = calls_of(DOCUMENT)
    assert (got.method, got.who, got.body, got.answers) == ("GET", "anyone", (), ())
    assert posted.anchor == "post-toy-v1-things-thing_id"
    assert (posted.method, posted.path) == ("POST", "/toy/v1/things/{thing_id}")
    assert (posted.about, posted.who) == ("It is done.", "a key with the scope operator")
    assert posted.parameters == (
        Parameter(
            "Idempotency-Key",
            "header",
            True,
            (Piece("string"),),
            ("at most 255 characters",),
            "Any text.",
        ),
    )
    assert posted.body == (Piece("Do", "Do"),)
    assert posted.answers == (Answer("200", "Done", ()),)
    assert posted.refusals == ("409", "422")
    assert [shape.name for shape in shapes_of(DOCUMENT)] == ["Do"]


def test_how_a_process_fares_is_told_last():
    paths = {"/toy/health/live": {"get": {}}, "/toy/v1/things": {"get": {}}}
    assert [call.path for call in calls_of({"paths": paths})] == [
        "/toy/v1/things",
        "/toy/health/live",
    ]


def test_a_document_of_nothing_has_no_calls():
    assert calls_of({}) == []
    assert shapes_of({}) == []
