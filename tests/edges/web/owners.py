"""The owners as web sees them, played: each test says what they answer, and sees what was asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

Answer = tuple[int, Any]
COURSE = "attachment-effectiveness-2020"


@dataclass
class Asked:
    method: str
    path: str
    body: Any
    key: str | None
    token: str | None
    client: str | None = None
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class Played:
    """`answers` by (method, path); an owner in `down` cannot be connected to. `files` by path."""

    answers: dict[tuple[str, str], Answer | Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)

    def on(self, method: str, path: str, answer: Answer | Callable[[Asked], Answer]) -> None:
        self.answers[method, path] = answer

    def calls(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        owner = path.split("/")[1]
        if owner in self.down:
            raise httpx.ConnectError("refused", request=request)
        asked = Asked(
            request.method,
            path,
            _body(request),
            request.headers.get("idempotency-key"),
            request.headers.get("authorization", "").removeprefix("Bearer ") or None,
            request.headers.get("x-forwarded-for"),
            dict(request.url.params),
        )
        self.asked.append(asked)
        if request.method == "GET" and path in self.files:
            return httpx.Response(200, content=self.files[path])
        found = self.answers.get((request.method, path), (404, problem("not-found", 404)))
        status, body, *headers = found(asked) if callable(found) else found
        return httpx.Response(status, json=body, headers=headers[0] if headers else None)


def _body(request: httpx.Request) -> Any:
    """What was sent; of a file its text."""
    if request.headers.get("content-type") == "text/csv":
        return request.content.decode()
    return json.loads(request.content) if request.content else None


def problem(slug: str, status: int, detail: str = "", errors=()) -> dict[str, Any]:
    return {
        "type": f"/problems/{slug}",
        "title": slug,
        "status": status,
        "detail": detail,
        "errors": list(errors),
        "trace_id": "0" * 32,
    }


def paged(items: list[Any]) -> Callable[[Asked], Answer]:
    """A list as owners give it, so many items at a time as they are asked for."""

    def answer(asked: Asked) -> Answer:
        begin, limit = int(asked.query.get("after", 0)), int(asked.query["limit"])
        end = begin + limit
        more = str(end) if end < len(items) else None
        return 200, {"items": items[begin:end], "next": more}

    return answer


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def price(price_id: str, kind: str, amount: int, label: str = "", **when: Any) -> dict[str, Any]:
    """A price beside the list price, as the course's event has it."""
    return {"price_id": price_id, "label": label, "kind": kind, "amount": usd(amount), **when}


# Beside a list price of 199.00, in New York.
PRICES = [
    price(
        "early", "early", 16900, "early bird", until="2020-09-30", ends_at="2020-10-01T04:00:00Z"
    ),
    price("member", "statement", 15900, "members", statement="Your member number"),
    price("student", "statement", 9900, "students", statement="Your college and student number"),
    price("team", "group", 17910, "teams of five and more", at_least=5),
]
WINDOWS = [
    {"outcome": "refund", "ends": "2020-10-06T04:00:00Z", "fee": usd(3000)},
    {"outcome": "credit", "ends": "2020-10-19T20:00:00Z", "fee": usd(0)},
    {"outcome": "nothing", "ends": None, "fee": None},
]


def quoted(asked: Asked) -> Answer:
    """The reference policy's quote, written by hand: 14 days before 2020-10-19 in New York."""
    at, paid = asked.body["requested_at"], asked.body["paid"][0]["amount"]
    empty: dict[str, Any] = {
        "fee": usd(0),
        "refunds": [],
        "restored": [],
        "credit": None,
        "trace": [],
        "windows": WINDOWS,
    }
    if at < "2020-10-06T04:00:00":
        early = {"fee": usd(3000), "refunds": [{"tender": "card", "amount": usd(paid - 3000)}]}
        return 200, {**empty, "outcome": "refund", **early}
    if at < "2020-10-19T20:00:00":
        credit = {"amount": usd(paid), "expires_on": "2021-10-19"}
        return 200, {**empty, "outcome": "credit", "credit": credit}
    return 200, {**empty, "outcome": "nothing"}
