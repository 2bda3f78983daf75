"""An example or two for each command, shown below its `--help`; `test_examples.py` has all of them
read by the command that they are for. What is in capitals is an id that another command shows."""

FIRST = (
    "demo                    a course, lived through in two minutes",
    "up --detach --sandbox   a stack with a clock that you can move",
    "course publish examples/attachment-effectiveness-2020.yaml",
    "COMMAND --help          what a command does, with examples",
)

_COURSE = "attachment-effectiveness-2020"
EXAMPLES: dict[str, tuple[str, ...]] = {
    "up": ("up", "up --detach --sandbox"),
    "down": ("down", "down --wipe"),
    "status": ("status", "status --json"),
    "lag": ("lag", "lag --service billing --json"),
    "demo": ("demo", "demo --no-keep"),
    "clock show": ("clock show", "clock show --json"),
    "clock set": ("clock set 2020-10-19T20:00:00Z",),
    "clock advance": ("clock advance 90m", "clock advance 1w2d6h"),
    "keys create": ("keys create --scope operator --label 'The front office'",),
    "console-login": ("console-login",),
    "bench": ("bench --list", "bench relay pipeline --rounds 5 --json mine.json"),
    "completion": ("completion bash >> ~/.bashrc", "completion zsh >> ~/.zshrc"),
    "course publish": (
        f"course publish examples/{_COURSE}.yaml",
        "course publish examples/ethics-evening-2027.yaml --check",
    ),
    "course list": ("course list", "course list --json"),
    "course show": (f"course show {_COURSE}", f"course show {_COURSE} --as-file"),
    "course cancel": (
        f"course cancel {_COURSE} --reason 'The teacher is ill.'",
        f"course cancel {_COURSE} --session s3 --reason 'No power' --prefer-credit",
    ),
    "registrations list": (
        f"registrations list {_COURSE}",
        f"registrations list {_COURSE} lovelace --status confirmed",
    ),
    "registrations import": (
        (
            f"registrations import examples/group.csv --course {_COURSE} --method invoice"
            " --organisation 'Riverside Clinic'"
        ),
    ),
    "people find": ("people find ada@example.org", "people find 'ada lov'"),
    "people erase": ("people erase PERSON --reason asked-by-mail",),
    "quote": (
        f"quote --course {_COURSE} --at 2020-10-01T09:00:00-04:00",
        (
            "quote --kind two_day_workshop --starts 2027-05-03T13:00:00Z --at 2027-04-20T09:00:00Z"
            " --paid 499.00"
        ),
    ),
    "rehearse": (
        "rehearse --learners 10000",
        "rehearse --learners 200 --within 60 --minutes 5 --json",
        "rehearse --clean",
    ),
    "session watch": (f"session watch {_COURSE} s3", f"session watch {_COURSE} s3 --once --json"),
    "session complete": (
        f"session complete {_COURSE} s3",
        f"session complete {_COURSE} s3 --minutes 90",
    ),
    "session reopen": (f"session reopen {_COURSE} s3 --reason 'held on Tuesday'",),
    "attendance unmatched": (f"attendance unmatched --course {_COURSE} --session s3",),
    "attendance match": (
        "attendance match ID REGISTRATION --reason 'called from the number on file'",
        "attendance match ID --nobody --reason 'nobody of that name is registered'",
    ),
    "attendance import": (
        (
            f"attendance import participants.csv --course {_COURSE} --session s3"
            " --zone America/New_York"
        ),
        f"attendance import sheet.csv --course {_COURSE} --session s3 --sheet",
    ),
    "attendance uploads": (f"attendance uploads --course {_COURSE} --session s3",),
    "attendance withdraw": (
        (
            f"attendance withdraw 3 --course {_COURSE} --session s3"
            " --reason 'exported in another zone'"
        ),
    ),
    "tasks": ("tasks", "tasks --json"),
    "tasks close": ("tasks close TASK --reason done-by-phone",),
    "certificates roster": (
        f"certificates roster {_COURSE}",
        f"certificates roster {_COURSE} --board STATE --format cebroker --out roster.csv",
    ),
    "certificates report": (f"certificates report {_COURSE} --board STATE",),
    "certificates reports": (
        f"certificates reports {_COURSE}",
        f"certificates reports {_COURSE} 1 --out report.csv",
    ),
    "certificates outcome": (f"certificates outcome {_COURSE} 1 accepted",),
    "certificates keep": ("certificates keep CERTIFICATE --reason 'the room list was incomplete'",),
    "certificates supersede": (
        "certificates supersede CERTIFICATE --reason 'the name was misspelt' --name 'Ada Lovelace'",
    ),
    "certificates revoke": ("certificates revoke CERTIFICATE --reason 'was not there'",),
    "certificates keys": ("certificates keys",),
    "certificates rotate-key": (
        "certificates rotate-key",
        "certificates rotate-key --compromised-since 2027-04-01T00:00:00Z",
        "certificates rotate-key --issuer ibh",
    ),
    "certificates verify": (
        "certificates verify certificate.pdf --issuer did:web:certs.example.org",
        (
            "certificates verify certificate.pdf --offline --issuer did:web:certs.example.org"
            " --keys did.json --status list.jwt"
        ),
    ),
    "activity-file": (f"activity-file {_COURSE} --out activity.zip",),
    "messages list": (
        f"messages list --course {_COURSE} --status failed",
        "messages list --registration REGISTRATION --json",
    ),
    "messages show": ("messages show MESSAGE",),
    "messages resend": ("messages resend MESSAGE",),
    "messages digest": ("messages digest",),
    "messages refused": ("messages refused", "messages refused ada@example.org"),
    "messages lift": ("messages lift ada@example.org --reason 'they have a new mailbox'",),
    "messages returned": ("messages returned bounce.eml",),
    "templates list": ("templates list",),
    "templates show": ("templates show join_1h --language de",),
    "templates preview": (
        "templates preview join_1h",
        "templates preview join_1h --file mine.html --format html --out join.html",
    ),
    "templates set": ("templates set join_1h mine.html --reason 'our own greeting'",),
    "templates reset": ("templates reset join_1h --reason 'ours was better'",),
    "books month": ("books month 2020-10",),
    "books close": ("books close 2020-10",),
    "books export": (
        "books export --out ledger.csv",
        "books export --from 2020-10 --to 2020-12 --format beancount --out autumn.beancount",
    ),
    "credits show": ("credits show CODE",),
    "reconcile": ("reconcile", "reconcile --last --json"),
    "partners describe": (
        (
            f"partners describe ibh --name 'Institute for Better Health' --course {_COURSE}"
            " --type certificate.issued.v1"
        ),
    ),
    "partners connect": ("partners connect ibh https://hooks.example.org/holdfast",),
    "partners test": ("partners test ibh ENDPOINT",),
    "partners list": ("partners list",),
    "partners show": ("partners show ibh",),
    "partners endpoints": ("partners endpoints ibh",),
    "partners deliveries": ("partners deliveries ibh --status parked",),
    "partners replay": (
        "partners replay ibh ENDPOINT --parked",
        "partners replay ibh ENDPOINT --from 2020-10-01T00:00:00Z --until 2020-10-02T00:00:00Z",
    ),
    "partners stream": ("partners stream ibh", "partners stream ibh --retention-days 14"),
    "partners inbound": ("partners inbound ibh", "partners inbound ibh --signed"),
    "partners secret": ("partners secret ibh",),
    "partners cohort": (
        ("partners cohort examples/cohort.csv --partner ibh --course cascade-frontline-2027"),
    ),
    "partners roster": (f"partners roster {_COURSE} --out roster.csv",),
    "partners evaluations": (f"partners evaluations {_COURSE}",),
    "partners certificates": (f"partners certificates {_COURSE} --out certificates.csv",),
    "partners erasures": (f"partners erasures {_COURSE}",),
    "partners mapping put": ("partners mapping put ibh mapping.json",),
    "partners mapping show": ("partners mapping show ibh",),
    "partners mapping drop": ("partners mapping drop ibh",),
    "partners mapping try": ("partners mapping try ibh items.json --by mapping.json",),
    "export schemas": ("export schemas --out schemas", "export schemas --type invoice.paid.v1"),
    "export asyncapi": ("export asyncapi --out asyncapi.json",),
    "export openapi": ("export openapi --out openapi", "export openapi --service billing"),
    "invariants": ("invariants", "invariants --now --json"),
    "dead-letters list": ("dead-letters list", "dead-letters list --service billing"),
    "dead-letters show": ("dead-letters show LETTER",),
    "dead-letters replay": (
        "dead-letters replay LETTER",
        "dead-letters replay --service billing --reason invalid --yes",
    ),
    "dead-letters drop": ("dead-letters drop LETTER --because 'sent by a test'",),
    "replay": ("replay --service billing --from 2026-11-20T08:00:00Z",),
    "rebuild": ("rebuild certificates", "rebuild certificates --mend"),
    "restored": ("restored attendance",),
    "audit verify": ("audit verify",),
}
