"""What the played owners say of a few people, each at another point of the story."""

from shared.contracts.registration import CoursePublished
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.test_direct import service_of
from tests.edges.web.conftest import SECRET
from tests.edges.web.owners import COURSE, PRICES, WINDOWS, Asked, Played, problem, quoted, usd

PEOPLE = {
    "held": "0192a0b0-5c1e-7a10-8f00-00000000b001",
    "confirmed": "0192a0b0-5c1e-7a10-8f00-00000000b002",
    "waiting": "0192a0b0-5c1e-7a10-8f00-00000000b003",
    "cancelled": "0192a0b0-5c1e-7a10-8f00-00000000b004",
    "completed": "0192a0b0-5c1e-7a10-8f00-00000000b005",
    "unserved": "0192a0b0-5c1e-7a10-8f00-00000000b006",
    "offered": "0192a0b0-5c1e-7a10-8f00-00000000b007",
    "live": "0192a0b0-5c1e-7a10-8f00-00000000b008",
    "expired": "0192a0b0-5c1e-7a10-8f00-00000000b009",
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
        "layout": {"mark_duplicates": True},
        "boards": [
            CoursePublished.example["boards"][0]
            | {
                "post_test": {"pass_percent": 75, "attempts": 2},
                "categories": [{"session_id": "s1", "category": "ethics", "hours": "2"}],
            },
            CoursePublished.example["boards"][1],
        ],
    }
)
TOKENS = {who: mint(SECRET, PERSONAL, person, 1) for who, person in PEOPLE.items()}
_STATES = {
    "held": "requested",
    "waiting": "waitlisted",
    "unserved": "completed",
    "live": "confirmed",
}
COURSE_EVALUATION = CoursePublished.example["evaluation"]["questions"]
_NEEDS = {
    "request": "Captions, please.\nI lip-read, so I need to see who speaks.",
    "answer": "There are live captions in every session, and presenters keep their cameras on.",
}
_COMPLAINTS = [
    {
        "complaint": "The second session was cut off after an hour, and nobody said whether the "
        "rest will be taught.",
        "complained_at": "2020-10-27T09:00:00Z", "answer_by": "2020-11-10T09:00:00Z",
        "answer": "You are right. The rest is taught on 12 November, and counts.",
        "answered_at": "2020-10-29T09:00:00Z", "number": 5, "theirs": True,
    },
    {
        "complaint": "Thank you. I cannot come that day: will there be a recording?",
        "complained_at": "2020-10-30T09:00:00Z", "answer_by": "2020-11-13T09:00:00Z",
        "answer": None, "answered_at": None, "number": 5, "theirs": True,
    },
]  # fmt: skip
_CREDIT = {
    "code": "K7QD-9M2X-41ZT-QQ3A",
    "amount": usd(19900),
    "balance": usd(19900),
    "expires_on": "2021-10-06",
    "status": "active",
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
    "windows": WINDOWS,
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
_UNIT = {"NBCC": "clock hours", "ACCME": "AMA PRA Category 1 Credit(s)™"}


def _award(board: str, status: str, earned: float = 0, **unmet: str) -> dict[str, object]:
    return {
        "board": board,
        "status": status,
        "credits": earned if status in ("granted", "claimable") else 0,
        "earned": earned,
        "unit": _UNIT.get(board, "contact hours"),
        "unmet": [{"condition": word, "detail": detail} for word, detail in unmet.items()],
    }


_TEST = {
    "version": 1,
    "pass_percent": 75,
    "attempts_left": 2,
    "passed": False,
    "best_percent": 50,
    "items": [
        {
            "item_id": "styles",
            "text": "Which attachment style goes with avoiding closeness and relying on oneself?",
            "choices": ["Secure", "Dismissing", "Preoccupied", "Fearful"],
        },
        {
            "item_id": "steam",
            "text": "What does the M in STEAM stand for?",
            "choices": ["Memory", "Mentalizing", "Meaning"],
        },
    ],
}
_CERTIFICATES = "/certificates/v1/certificates"
_AWARDS = {
    "evaluated_at": None,
    "evaluation": {
        "version": 1,
        "open": True,
        "closes_at": "2020-12-09T23:00:00Z",
        "submitted_at": None,
        "questions": COURSE_EVALUATION,
    },
    "post_test": {"needed": True, "passed": False, "attempts_left": 2},
    "awards": [
        _award("NBCC", "granted", 6.0),
        _award("ACCME", "claimable", 6.75),
        _award(
            "ANCC",
            "withheld",
            6.0,
            evaluation="The course evaluation is not handed in yet.",
            post_test="The post-test is not passed yet.",
        ),
        _award(
            "NYSED-MHC",
            "withheld",
            6.0,
            license_state="The licence's state is missing, and NYSED-MHC depends on it.",
        ),
        _award(
            "APA",
            "withheld",
            attendance="APA asks for every session. Not attended by the rule: session 3.",
        ),
        _award("NAADAC", "declined"),
        _award("WESPSB", "withheld", profession="WESPSB serves teachers. You stated: counselor."),
    ],
    "participation": None,
    "certificates": [
        {
            "certificate_id": "c-1",
            "board": "NBCC",
            "kind": "completion",
            "status": "valid",
            "credits": 6.0,
            "unit": "clock hours",
            "number": "2020-QELS-ARCG-G555",
            "pdf": f"{_CERTIFICATES}/c-1.pdf",
            "signed_pdf": f"{_CERTIFICATES}/c-1.signed.pdf",
            "jwt": f"{_CERTIFICATES}/c-1.jwt",
            "verify_url": "/verify/GOOD",
            "duplicates": [
                {
                    "duplicate_id": "d-1",
                    "pdf": f"{_CERTIFICATES}/c-1/duplicates/d-1.pdf",
                    "made_at": "2020-11-10T08:00:00Z",
                }
            ],
        }
    ],
}
_NONE_SERVES = {
    "evaluated_at": "2020-11-09T23:20:00Z",
    "awards": [_award("NBCC", "withheld", attendance="No session counts for NBCC.")],
    "participation": {"hours": 4.0, "sessions": ["s1", "s2"], "unmet": [], "requestable": True},
    "certificates": [],
}


def _stay(joined: str, left: str) -> dict[str, object]:
    return {"source": "report", "joined_at": joined, "left_at": left, "inferred": False}


def _record(session: str, seconds: int, *stays: dict[str, object]) -> dict[str, object]:
    return {
        "session_id": session,
        "seconds": seconds,
        "present": seconds >= 6300,
        "instruction_seconds": 7200,
        "rule": {"version": 1, "max_missed_seconds": 900},
        "evidence": list(stays),
        "version": 1,
    }


_ATTENDED = [
    _record("s1", 7140, _stay("2020-10-19T19:55:00Z", "2020-10-19T21:59:00Z")),
    _record(
        "s2",
        6840,
        _stay("2020-10-26T20:00:00Z", "2020-10-26T20:50:00Z"),
        _stay("2020-10-26T20:56:00Z", "2020-10-26T22:00:00Z"),
    ),
    _record("s3", 2700, _stay("2020-11-02T21:00:00Z", "2020-11-02T21:45:00Z")),
    _record("s4", 0),
]


def play(owners: Played) -> None:
    for service in ("registration", "partners"):  # as they describe themselves
        document = service_of(service).app.openapi()
        owners.on("GET", f"/{service}/openapi.json", (200, document))
    seats = {"seats": {"capacity": 500, "left": 312, "waiting": 0}}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, seats))
    owners.on("POST", "/billing/v1/quotes", quoted)
    owners.on("GET", f"/registration/v1/courses/{ADVANCED}", (200, seats | {"asks": ["birth_day"]}))
    used = (409, problem("price-code-used", 409))
    owners.on("POST", f"/registration/v1/courses/{ADVANCED}/registrations", used)
    owners.on("GET", "/certificates/verify/GOOD", (200, CERTIFICATE))
    revoked = {"status": "revoked", "reason": "Issued in error", "ended_at": "2020-11-20T10:00:00Z"}
    owners.on("GET", "/certificates/verify/BAD", (200, CERTIFICATE | revoked))
    newer = {"status": "superseded", "reason": "The name was corrected", "superseded_by": "/x"}
    owners.on("GET", "/certificates/verify/OLD", (200, CERTIFICATE | newer))
    erased = {"holder": None, "holder_erased": True}
    owners.on("GET", "/certificates/verify/ERASED", (200, CERTIFICATE | erased))
    owners.on("POST", "/certificates/verify", (200, CERTIFICATE | {"holder": None}))
    for who, person in PEOPLE.items():
        _person(owners, who, person)

    def registered(_asked: Asked) -> tuple[int, dict[str, str]]:
        return 201, {"status": "requested", "token": TOKENS["held"]}

    owners.on("POST", f"/registration/v1/courses/{COURSE}/registrations", registered)
    owners.on("POST", "/registration/v1/links", (202, {"status": "accepted"}))


def _person(owners: Played, who: str, person: str) -> None:
    state = _STATES.get(who, who)
    paid = "open" if who == "held" else "void" if who == "expired" else "paid"
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
        "offer_expires_at": "2020-09-15T15:04:05Z" if who == "offered" else None,
        "accommodation": _NEEDS if who == "confirmed" else None,
        "complaints": _COMPLAINTS if who == "completed" else [],
        "links": {"join": {"s1": "/attendance/join/one"} if who in ("confirmed", "live") else {}},
    }

    def cancel(_asked: Asked) -> tuple[int, dict[str, str]]:
        owners.on("GET", path, (200, said | {"status": "cancelled"}))
        owners.on("GET", f"/billing/v1/registrations/{person}", (200, money | {"outcome": _QUOTE}))
        return 202, {"status": "cancelled"}

    path = f"/registration/v1/registrations/{person}"
    owners.on("GET", path, (200, said))
    owners.on("POST", f"{path}/cancel", cancel)
    owners.on("POST", f"{path}/substitute", (200, {"registration_id": person, "token": "x"}))
    shown = {"invoice": None} if who in ("waiting", "offered") else money
    owners.on("GET", f"/billing/v1/registrations/{person}", (200, shown))
    quote = _NOTHING if who in ("waiting", "offered") else _QUOTE
    owners.on("GET", f"/billing/v1/registrations/{person}/cancellation-quote", (200, quote))
    over = who in ("completed", "unserved")
    attended = {"sessions": _ATTENDED if over else []}
    owners.on("GET", f"/attendance/v1/registrations/{person}", (200, attended))
    awards: dict[str, object] = {"awards": [], "certificates": []}
    awards = {"completed": _AWARDS, "unserved": _NONE_SERVES}.get(who, awards)
    owners.on("GET", f"/certificates/v1/registrations/{person}", (200, awards))
    test = f"/certificates/v1/registrations/{person}/post-test"
    owners.on("GET", test, (200, _TEST))
    owners.on("POST", test, (201, {"percent": 50, "passed": False, "attempts_left": 1}))
