"""What is done when its time comes: decide anew, and send.

Urgent mails and those that can wait are two kinds, each with room of its own: however many of one
are due, the other goes on. While both wait, four of five connections serve the urgent ones. A lane
is a domain of recipients, and takes half of a kind's room at most.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from services.notifications.commands import my_registrations
from services.notifications.commands.apart import SEND_APART, preparing
from services.notifications.commands.digest import begin_of, morning_of, sorts_of, urgent_of
from services.notifications.commands.digest_letter import DIGEST, Desk
from services.notifications.commands.hear import registrations_of
from services.notifications.commands.looking import (
    LOOK,
    beginning,
    prepare_look,
    recording_looks,
)
from services.notifications.commands.planning import FAN_OUT, SEND, SEND_LATER, decide_again
from services.notifications.commands.recording import record
from services.notifications.commands.sending import prepare
from services.notifications.commands.staff_tasks import BEGIN, FORGET, URGENT, forget_task
from services.notifications.commands.text_desk import TextDesk
from services.notifications.commands.text_recording import recording_texts
from services.notifications.commands.text_sending import preparing_texts
from services.notifications.commands.texting import TEXT
from services.notifications.connections import Server
from services.notifications.mailer import MAILBOX_SECONDS, RESET_SECONDS
from services.notifications.pace import LONGEST
from services.notifications.postbox import LEASE_SECONDS as LOOK_SECONDS
from services.notifications.postbox import PostOfficeBox
from services.notifications.postman import Postman
from services.notifications.texts.port import TextPost
from shared.runtime.due import Dues

EVERY = timedelta(minutes=5)
NO_TEXTS = TextDesk()
# A provider of texts has ten seconds for each of its steps.
TEXT_LEASE_SECONDS = 75
TEXT_BEGUN_SECONDS = 60
_COMMITS = 4.0  # seconds for what is written down around a mail
_OF_A_LEASE = 0.8  # is ours; the rest is for recording (`shared/runtime/acting.py`)


def leases_of(server: Server) -> tuple[int, int]:
    """Seconds of a claim until the message itself, and from there on: what a mail may take by the
    server's own settings, and no more, for what a dead worker held waits that long.

    75 and 168 by the settings' defaults, which are their largest.
    """
    asked = MAILBOX_SECONDS + RESET_SECONDS + _COMMITS
    before = LONGEST + server.longest_way + asked  # its turn, a connection, three answers
    after = server.answer + asked
    return ceil(before / _OF_A_LEASE), ceil(after / _OF_A_LEASE)


def dues_of(
    postman: Postman,
    desk: Desk,
    box: PostOfficeBox | None = None,
    every: timedelta = EVERY,
    texts: TextDesk = NO_TEXTS,
    text_post: TextPost | None = None,
) -> Dues:
    """The deadlines of this service; `postman` is what acts on the world, `desk` is where
    staff are told. `box` is where mails come back to, where one is read, `every` so often. `texts`
    is how texts are sent, `text_post` by whom."""
    dues = Dues()
    lease, begun = leases_of(postman.mailer.server)
    dues.outside(
        TEXT,
        prepare=preparing_texts(texts),
        act=(text_post or TextPost(postman.sender, None)).deliver,
        record=recording_texts(texts),
        concurrency=8,
        lease_seconds=TEXT_LEASE_SECONDS,
        begun_seconds=TEXT_BEGUN_SECONDS,
    )
    recorded = beginning(record) if box else record
    dues.walk(FAN_OUT, over=registrations_of, each=decide_again)
    for kind, connections in (
        (SEND, postman.mailer.connections),
        (SEND_LATER, max(1, postman.mailer.connections // 4)),
    ):
        dues.outside(
            kind,
            prepare=prepare,
            act=postman.deliver,
            record=recorded,
            # More than are handed over at once: others are prepared, wait for their domain's turn,
            # or are recorded meanwhile. Of a domain half at most; of connections the mailer sees to
            # that.
            concurrency=5 * connections,
            per_lane=max(1, 5 * connections // 2),
            at_once=connections,
            lease_seconds=lease,
            begun_seconds=begun,
        )
    dues.outside(
        SEND_APART,
        prepare=preparing({**sorts_of(desk), **my_registrations.SORTS}),
        act=postman.deliver,
        record=recorded,
        concurrency=4,  # they are few, but one slow domain is not to hold up a learner's links
        lease_seconds=lease,
        begun_seconds=begun,
    )
    if box:
        dues.outside(
            LOOK,
            prepare=prepare_look,
            act=box.look,
            record=recording_looks(every),
            concurrency=1,
            lease_seconds=LOOK_SECONDS,
        )
    dues.inside(BEGIN)(begin_of(desk))
    dues.inside(DIGEST)(morning_of(desk))
    dues.inside(URGENT)(urgent_of(desk))
    dues.inside(FORGET)(forget_task)
    return dues
