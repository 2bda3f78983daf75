"""How each block of shell in the documents is tried: the one table of it.

By page and heading (blocks below one heading go together): `RUN` with what has to be seen in what
it prints, in the order of `test_lived.py`, on one sandbox; or why it is not run here. Whatever is
not run is held to the programs that it calls (`held.py`): commands, options and arguments of
`bin/holdfast`, targets and variables of `make`, modules, HTTP calls, services of Compose.
"""

from __future__ import annotations

# What each block below a heading prints, one entry a block; several texts with `|` between.
RUN: dict[str, list[str]] = {
    "getting-started.md / A sandbox": [
        "Front door     http://127.0.0.1:8080|Stop with: bin/holdfast down",
    ],
    "getting-started.md / A course": [
        "ethics-evening-2027 is published, version 1|2027-03-11T22:00:00Z",
        "3 accepted|confirmed   Ruth Example",
    ],
    "getting-started.md / Six weeks later": [
        "s1, completed|0 present by the rule|no-evidence|invoice-overdue",
        "ok  Every ledger transaction balances per currency|on a sandbox clock: ready",
    ],
    "getting-started.md / Look around": [
        "http://127.0.0.1:8080/console/link/",
        '"title":"Boundaries, Records and Difficult Conversations"',
    ],
    "operations.md / Day to day": [""],
    "operations.md / Start, stop, look": [
        "on a sandbox clock: ready|Nothing waits.|no-evidence",
        '"status":"ready"|records_handled_total',
    ],
    "operations.md / Keys and secrets": [
        "for operator|for reader|cannot be shown again",
        "Whole, all of them.",
    ],
    "operations.md / Signing in, and roles": ["http://127.0.0.1:8080/console/link/"],
}

_HOURS = "takes many minutes to hours, on a machine that does nothing else"
_OTHERS = "needs servers of others: "
_PARTNER = "with a partner's own key and files; its parts run in "
_STORY = "needs a course as it goes on, with people and their evidence; its parts run in "
_CLUSTER = (
    "needs a cluster; what they say is rendered by Helm: tests/deploy/test_kubernetes_page.py"
)
# Why a block is not run here.
HELD: dict[str, str] = {
    "README.md / Two commands": "is CI itself, and tests/journeys/test_reference_course.py",
    "backup.md / Backups": _OTHERS + "a Postgres with room for its log; tests/stack/test_backup.py",
    "backup.md / Restore": "stops a service, and replaces its database: tests/stack/test_backup.py",
    "capacity.md / How much it takes": _HOURS,
    "capacity.md / Mails": _HOURS,
    "capacity.md / What partners pull": _HOURS,
    "capacity.md / A session day, from learners to processes": _HOURS,
    "getting-started.md / With nothing but Python": "installs packages; CI begins with it",
    "getting-started.md / With Docker": "needs a container engine: tests/extras/test_compose.py",
    "getting-started.md / To change something": "is CI itself",
    "images.md / Images": "needs a container engine: tests/stack/test_images.py",
    "integrators.md / Your key, and what you see": _PARTNER
    + "tests/stack/test_partners_command.py",
    "integrators.md / The feed": _PARTNER + "tests/clients/test_against_the_service.py",
    "integrators.md / Webhooks": _PARTNER + "tests/edges/partners/test_webhooks.py",
    "integrators.md / A Kafka topic of your own": (
        "needs a Kafka that asks who one is: tests/security/test_partner_kafka.py"
    ),
    "integrators.md / Sending in": _PARTNER + "tests/clients/test_against_the_service.py",
    "integrators.md / Your own fields: a mapping": _PARTNER + "tests/contracts/test_integrators.py",
    "integrators.md / Signing what you send": _PARTNER
    + "tests/edges/partners/test_signed_inbound.py",
    "integrators.md / A cohort, and what comes back": _PARTNER
    + "tests/stack/test_cohort_command.py",
    "integrators.md / Ten minutes": (
        "needs a second terminal, and secrets that are shown once; its parts run in tests/clients"
    ),
    "kubernetes.md / Kubernetes": _CLUSTER,
    "kubernetes.md / Secrets": _CLUSTER,
    "kubernetes.md / Kafka and Postgres": _CLUSTER,
    "kubernetes.md / The services": _CLUSTER,
    "kubernetes.md / The first course": _CLUSTER,
    "kubernetes.md / Restore": _CLUSTER,
    "kubernetes.md / Upgrades": _CLUSTER,
    "kubernetes.md / A session day": _CLUSTER,
    "kubernetes.md / A rehearsal": _CLUSTER,
    "kubernetes.md / One node": _CLUSTER,
    "messages.md / Languages": "writes catalogues: tests/rules/notifications",
    "messages.md / What comes back": "needs a mail server that hands on: tests/edges/notifications",
    "messages.md / Signing (DKIM)": _OTHERS + "OpenSSL's keys go to a name server",
    "messages.md / What staff are told": "runs in tests/stack/test_messages_command.py",
    "messages.md / What went out": "runs in tests/stack/test_messages_command.py",
    "messages.md / Templates of your own": "runs in tests/stack/test_templates_command.py",
    "money.md / Random histories against the hostile simulator": _HOURS,
    "money.md / A month of cancellations": _HOURS,
    "operations.md / Each morning": (
        "runs in tests/stack/test_reconcile_command.py, tests/stack/test_invariants.py and"
        " tests/stack/test_dead_letters_command.py; they would be run twice"
    ),
    "operations.md / Hear again, and make copies anew": "runs in tests/stack/test_rebuild_command.py",
    "operations.md / Records that a service cannot use": (
        "needs a record that is broken: tests/stack/test_dead_letters_command.py"
    ),
    "performance.md / How to measure again": _HOURS,
    "reliability.md / Simulation": _HOURS,
    "reliability.md / Three brokers": _HOURS,
    "reliability.md / Poison and dead letters": "runs in tests/stack/test_dead_letters_command.py",
    "reliability.md / Copies from the log": "runs in tests/stack/test_rebuild_command.py",
    "reliability.md / Upgrades": "needs workers of two releases: tests/stack/test_replay.py",
    "session-day.md / A session day: the runbook": "sets what the blocks below it take",
    "session-day.md / Weeks before": "needs a board's post-test: tests/edges/certificates",
    "session-day.md / The week before": "takes twenty minutes; tests/stack/test_rehearse.py",
    "session-day.md / A wrong link was mailed": _STORY + "tests/edges/registration",
    "session-day.md / On the day": _STORY + "tests/edges/attendance, tests/stack/test_session.py",
    "session-day.md / The evening after": (
        _STORY + "tests/stack/test_import.py, tests/stack/test_uploads_command.py"
    ),
    "session-day.md / Weeks after": _STORY + "tests/journeys/test_reference_course.py",
    "traces.md / Traces": "needs a collector that runs; tests/runtime/test_traces.py has one",
    "upgrades.md / A release": "dates the changelog of this checkout: tests/stack/test_release.py",
    "upgrades.md / Back to the release before": "needs a container engine, and two releases",
    "upgrades.md / From one release to the next": (
        "needs a container engine, and a release before: tests/extras/test_compose.py"
    ),
    "zoom.md / In ten minutes": "needs an account of Zoom's: tests/edges/attendance/test_zoom.py",
    "zoom.md / The report": "needs a report of Zoom's: tests/edges/attendance/test_zoom.py",
}
