"""What the played owners say of a few people, each at another point of the story."""

from shared.contracts.registration import CoursePublished
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.web.conftest import SECRET
from tests.edges.web.owners import COURSE, PRICES, Asked, Played, problem, quoted, usd

PEOPLE = {
    "held": "0192a0b0-5c1e-7a10-8f00-00000000b001",
    "confirmed": "0192a0b0-5c1e-7a10-8f00-00000000b002",
    "waiting": "0192a0b0-5c1e-7a10-8f00-00000000b003",
    "cancelled": "0192a0b0-5c1e-7a10-8f00-00000000b004",
    "completed": "0192a0b0-5c1e-7a10-8f00-00000000b005",
}
# A course with every kind of price, that asks for another one before it.
ADVANCED = "advanced-attachment-2020"
PRICED = CoursePublished.model_validate(
    CoursePublished.example
    | {
        "course_id": ADVANCED,
        "title": "Attachment Theory in Practice: an Advanced Course",
        "subtitle": "",
        "prerequisites": [COURSE],
        "prices": PRICES,
    }
)
TOKENS = {who: mint(SECRET, PERSONAL, person, 1) for who, person in PEOPLE.items()}
_STATES = {"held": "requested", "waiting": "waitlisted"}
_NEEDS = {
    "request": "Captions, please.\nI lip-read, so I need to see who speaks.",
    "answer": "There are live captions in every session, and presenters keep their cameras on.",
}
_CREDIT = {
    "code": "K7QD-9M2X-41ZT-QQ3A",
    "amount": usd(19900),
    "balance": usd(19900),
    "expires_on": "2021-10-06",
    "status": "open",
}
_OUTCOME = {
    "outcome": "credit",
    "fee": usd(0),
    "refunds": [],
    "restored": [],
    "credit": {"amount": usd(19900), "expires_on": "2021-10-06"},
    "trace": [],
}
_QUOTE = {
    "outcome": "refund",
    "fee": usd(3000),
    "refunds": [{"tender": "card", "amount": usd(16900)}],
    "restored": [],
    "credit": None,
    "trace": [
        {"rule": "window", "because": "Received on September 14, more than 14 days before."},
        {"rule": "fee", "because": "The fee for an online course is 30.00."},
    ],
}
_NOTHING = {
    "outcome": "nothing",
    "fee": usd(0),
    "refunds": [],
    "restored": [],
    "credit": None,
    "trace": [{"rule": "nothing-paid", "because": "Nothing was paid: nothing to give back."}],
    "windows": [],
}
CERTIFICATE = {
    "status": "valid",
    "number": "HF-2020-000042",
    "holder": "Žaneta Łuczyńska-O'Neil",
    "title": "Improving Treatment Effectiveness with Attachment Theory",
    "provider": "Praxis CET with Institute for Better Health, Inc",
    "board": "NBCC",
    "credits": 8.0,
    "unit": "clock hours",
    "issued_at": "2020-11-09T23:20:00Z",
}
_AWARDS = {
    "evaluated_at": None,
    "awards": [
        {"board": "NBCC", "status": "granted", "credits": 6.0, "unit": "clock hours", "unmet": []},
        {
            "board": "ACCME",
            "status": "claimable",
            "credits": 6.0,
            "unit": "AMA PRA Category 1 Credit(s)™",
            "unmet": [],
        },
        {
            "board": "STATE",
            "status": "withheld",
            "credits": 0,
            "unit": "contact hours",
            "unmet": [
                {"condition": "attendance", "detail": "Session 3 was not attended in full."},
                {"condition": "evaluation", "detail": "Your evaluation is not in yet."},
            ],
        },
    ],
    "certificates": [
        {
            "board": "NBCC",
            "status": "valid",
            "credits": 6.0,
            "unit": "clock hours",
            "pdf": "/certificates/v1/certificates/c-1.pdf",
            "jwt": "/certificates/v1/certificates/c-1.jwt",
            "verify_url": "/verify/GOOD",
        }
    ],
}


def play(owners: Played) -> None:
    seats = {"seats": {"capacity": 500, "left": 312, "waiting": 0}}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, seats))
    owners.on("POST", "/billing/v1/quotes", quoted)
    owners.on("GET", f"/registration/v1/courses/{ADVANCED}", (200, seats))
    used = (409, problem("price-code-used", 409))
    owners.on("POST", f"/registration/v1/courses/{ADVANCED}/registrations", used)
    owners.on("GET", "/certificates/verify/GOOD", (200, CERTIFICATE))
    revoked = {"status": "revoked", "reason": "Issued in error", "ended_at": "2020-11-20T10:00:00Z"}
    owners.on("GET", "/certificates/verify/BAD", (200, CERTIFICATE | revoked))
    for who, person in PEOPLE.items():
        _person(owners, who, person)

    def registered(_asked: Asked) -> tuple[int, dict[str, str]]:
        return 201, {"status": "requested", "token": TOKENS["held"]}

    owners.on("POST", f"/registration/v1/courses/{COURSE}/registrations", registered)


def _person(owners: Played, who: str, person: str) -> None:
    state = _STATES.get(who, who)
    paid = "open" if who == "held" else "paid"
    price = usd(15900) if who == "completed" else usd(19900)
    invoice = {"number": "2020-000017", "total": price, "due": price, "status": paid}
    money: dict[str, object] = {"invoice": invoice, "payments": [], "refunds": [], "credits": []}
    if who == "cancelled":
        money |= {"outcome": _OUTCOME, "credits": [_CREDIT]}
    said = {
        "registration_id": person,
        "course_id": ADVANCED if who == "completed" else COURSE,
        "status": state,
        "position": 3 if who == "waiting" else None,
        "attendee": {"name": "Žaneta Łuczyńska-O'Neil", "zone": "Europe/London"},
        "price": price,
        "price_id": "member" if who == "completed" else "",
        "disclosure": {"accepted": "2020-09-01", "current": "2020-09-01"},
        "hold_expires_at": "2020-09-14T15:34:05Z" if who == "held" else None,
        "offer_expires_at": None,
        "accommodation": _NEEDS if who == "confirmed" else None,
        "links": {"join": {"s1": "/attendance/join/one"} if who == "confirmed" else {}},
    }

    def cancel(_asked: Asked) -> tuple[int, dict[str, str]]:
        owners.on("GET", path, (200, said | {"status": "cancelled"}))
        owners.on("GET", f"/billing/v1/registrations/{person}", (200, money | {"outcome": _QUOTE}))
        return 202, {"status": "cancelled"}

    path = f"/registration/v1/registrations/{person}"
    owners.on("GET", path, (200, said))
    owners.on("POST", f"{path}/cancel", cancel)
    shown = {"invoice": None} if who == "waiting" else money
    owners.on("GET", f"/billing/v1/registrations/{person}", (200, shown))
    quote = _NOTHING if who == "waiting" else _QUOTE
    owners.on("GET", f"/billing/v1/registrations/{person}/cancellation-quote", (200, quote))
    owners.on("GET", f"/attendance/v1/registrations/{person}", (200, {"sessions": []}))
    awards = _AWARDS if who == "completed" else {"awards": [], "certificates": []}
    owners.on("GET", f"/certificates/v1/registrations/{person}", (200, awards))
