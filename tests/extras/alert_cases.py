"""For each alert series that make it fire, and series that are just short of that, by hand.

A case is (minutes after which it is looked at, series → values each minute, in promtool's notation:
`0+5x10` is 0, 5, 10 … 50). All of it is wall time to Prometheus.
"""

from __future__ import annotations

Case = tuple[int, dict[str, str]]

SESSION = 'course="c",session="s"'
ROUTE = 'http_requests_total{job="billing",route="/r",method="GET",status="%s"}'
SAID = 'events_sent_total{job="notifications",type="message.%s.v1"}'
TAKEN = 'outside_calls_total{job="billing",kind="look_up",outcome="succeeded"}'
UP = 'up{job="billing",instance="%s"}'
OTHERS = {
    f'up{{job="{name}"}}': "1x9"
    for name in ("registration", "attendance", "certificates", "notifications", "partners", "web")
}
FAILED = 'outside_failed_total{job="billing",kind="look_up"}'

FIRING: dict[str, Case] = {
    "ServiceDown": (2, {'up{job="billing"}': "0x9"}),
    # Its process is gone, and Prometheus asks it no more.
    "ServiceGone": (4, OTHERS | {'up{job="billing"}': "1 1 stale"}),
    "ServiceFewer": (17, {UP % "a": "1x30", UP % "b": "1x14 stale"}),
    "ServiceNotReady": (3, {'service_ready{job="billing"}': "0x9"}),
    "RequestsFail": (5, {ROUTE % 200: "0+8x9", ROUTE % 503: "0+1.5x9"}),
    "DatabaseConnectionsLow": (
        2,
        {
            'database_server_connections{job="web"}': "86x9",
            'database_server_connections_most{job="web"}': "100x9",
        },
    ),
    "SandboxClockInProduction": (
        0,
        {'service_info{job="web",role="all",sandbox="yes",public="yes"}': "1x9"},
    ),
    "KafkaUnreachable": (2, {'kafka_away{job="web"}': "1x9"}),
    "EventsWait": (2, {'consumer_oldest_seconds{job="web"}': "121x9"}),
    "OutboxWaits": (2, {'outbox_oldest_seconds{job="web"}': "121x9"}),
    "RelayStuck": (2, {'relay_quiet_seconds{job="web"}': "61x9"}),
    "DeadLetters": (3, {'records_handled_total{job="web",outcome="dead"}': "0 0 1 1 1"}),
    "DeadlinesLate": (3, {'due_late_seconds{job="web",kind="expire_hold"}': "301x9"}),
    "NobodySeen": (
        0,
        {
            f"session_inside{{{SESSION}}}": "0x9",
            f"session_expected{{{SESSION}}}": "1x9",
            f"session_silent_seconds{{{SESSION}}}": "601x9",
        },
    ),
    "SessionSilent": (
        0,
        {
            f"session_inside{{{SESSION}}}": "200x9",
            f"session_silent_seconds{{{SESSION}}}": "601x9",
        },
    ),
    "EvidenceRefused": (
        5,
        {
            'observations_total{outcome="accepted"}': "0+20x9",
            'observations_total{outcome="refused"}': "0+3x9",
        },
    ),
    "UnmatchedPile": (
        6,
        {f"session_unmatched{{{SESSION}}}": "21x9", f"session_expected{{{SESSION}}}": "100x9"},
    ),
    "MessagesLate": (2, {"messages_late_seconds": "901x9"}),
    "MessagesFail": (30, {SAID % "sent": "0+8x40", SAID % "failed": "0+1x40"}),
    "GatewayFails": (10, {TAKEN: "0+1x20", FAILED: "0+2x20"}),
    "RefundsStuck": (0, {'refunds_oldest_seconds{state="unknown",currency="USD"}': "7201x9"}),
    "BooksDisagree": (0, {'reconciliation_findings{instance="a",kind="k"}': "1x9"}),
    "BooksNotCompared": (0, {"reconciliation_age_seconds": "129601x9"}),
    "CertificatesWait": (2, {"certificates_preparing_oldest_seconds": "1801x9"}),
    "TasksOverdue": (0, {'tasks_overdue{job="billing",instance="a",kind="k"}': "1x9"}),
    "EndpointDisabled": (0, {'endpoints{partner="p",state="disabled"}': "1x9"}),
}
QUIET: dict[str, Case] = {
    "ServiceDown": (9, {'up{job="prometheus"}': "0x9", 'up{job="billing"}': "0 1 0 1 0 1 0 1 0 1"}),
    # One of two is enough.
    "ServiceGone": (9, OTHERS | {UP % "a": "1x9", UP % "b": "1 stale"}),
    # An upgrade has one more from the 10th minute to the 14th.
    "ServiceFewer": (22, {UP % "a": "1x30", UP % "b": "1x30", UP % "c": "_x9 1x4 stale"}),
    "ServiceNotReady": (9, {'service_ready{job="billing"}': "0 0 1 0 0 1 0 0 1 0"}),
    # Four of eight: few, however large a part. And six of sixty: a tenth, and no more.
    "RequestsFail": (5, {ROUTE % 200: "0+0.8x9", ROUTE % 503: "0+0.8x9"}),
    "DatabaseConnectionsLow": (
        9,
        {
            'database_server_connections{job="web"}': "85x9",
            'database_server_connections_most{job="web"}': "100x9",
        },
    ),
    "SandboxClockInProduction": (
        9,
        {
            'service_info{job="web",role="all",sandbox="yes",public="no"}': "1x9",
            'service_info{job="billing",role="all",sandbox="no",public="yes"}': "1x9",
        },
    ),
    "KafkaUnreachable": (9, {'kafka_away{job="web"}': "0 1 0 1 0 1 0 1 0 1"}),
    "EventsWait": (9, {'consumer_oldest_seconds{job="web"}': "120x9"}),
    "OutboxWaits": (9, {'outbox_oldest_seconds{job="web"}': "120x9"}),
    "RelayStuck": (9, {'relay_quiet_seconds{job="web"}': "60x9"}),
    "DeadLetters": (
        20,
        {
            'records_handled_total{job="web",outcome="dead"}': "0 1+0x19",
            'records_handled_total{job="web",outcome="done"}': "0+9x20",
        },
    ),
    "DeadlinesLate": (
        9,
        {
            'due_late_seconds{job="web",kind="expire_hold"}': "300x9",
            'due_late_seconds{job="notifications",kind="send"}': "9000x9",
        },
    ),
    "NobodySeen": (
        9,
        {
            f"session_inside{{{SESSION}}}": "0x9",
            f"session_expected{{{SESSION}}}": "0x9",
            f"session_silent_seconds{{{SESSION}}}": "601x9",
        },
    ),
    "SessionSilent": (
        9,
        {
            f"session_inside{{{SESSION}}}": "199x9",
            f"session_silent_seconds{{{SESSION}}}": "3000x9",
        },
    ),
    "EvidenceRefused": (
        5,
        {
            'observations_total{outcome="accepted"}': "0+30x9",
            'observations_total{outcome="refused"}': "0+3x9",
        },
    ),
    "UnmatchedPile": (
        9,
        {f"session_unmatched{{{SESSION}}}": "21x9", f"session_expected{{{SESSION}}}": "105x9"},
    ),
    "MessagesLate": (9, {"messages_late_seconds": "900x9"}),
    "MessagesFail": (30, {SAID % "sent": "0+9x40", SAID % "failed": "0+1x40"}),
    "GatewayFails": (10, {TAKEN: "0+2x20", FAILED: "0+2x20"}),
    "RefundsStuck": (
        9,
        {
            'refunds_oldest_seconds{state="unknown",currency="USD"}': "7200x9",
            'refunds_oldest_seconds{state="submitted",currency="USD"}': "864000x9",
        },
    ),
    "BooksDisagree": (9, {'reconciliation_findings{instance="a",kind="k"}': "0x9"}),
    "BooksNotCompared": (9, {"reconciliation_age_seconds": "129600x9"}),
    "CertificatesWait": (9, {"certificates_preparing_oldest_seconds": "1800x9"}),
    "TasksOverdue": (9, {'tasks_overdue{job="billing",instance="a",kind="k"}': "0x9"}),
    "EndpointDisabled": (9, {'endpoints{partner="p",state="active"}': "1x9"}),
}
# What an alert says, by hand: (series, labels beside its name and severity, the words).
Says = tuple[dict[str, str], dict[str, str], str]
SAYING: dict[str, Says] = {
    # Both workers read the same rows of one database.
    "BooksDisagree": (
        {
            'reconciliation_findings{job="billing",instance="a",kind="k"}': "3x9",
            'reconciliation_findings{job="billing",instance="b",kind="k"}': "3x9",
        },
        {"kind": "k"},
        "Books and gateway do not agree: 3 × k.",
    ),
    "TasksOverdue": (
        {
            'tasks_overdue{job="billing",instance="a",kind="k"}': "2x9",
            'tasks_overdue{job="billing",instance="b",kind="k"}': "2x9",
        },
        {"job": "billing", "kind": "k"},
        "billing: 2 tasks (k) are past their time.",
    ),
    "ServiceGone": (OTHERS, {"job": "billing"}, "No process of billing is there and answers."),
}
