"""The commands that can be typed first, as `bin/holdfast --help` shows them: grouped by what one is
about, each with where it is made. Nothing of them is imported before one of them is typed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A command, or a family of commands; `made` is `module:attribute` of `cli`."""

    name: str
    made: str
    help: str


GROUPS: dict[str, tuple[Entry, ...]] = {
    "Run it": (
        Entry("up", "stack:up", "Start everything on this machine; Ctrl-C stops it again."),
        Entry("down", "stack:down", "Stop the stack that runs here, the demo's too."),
        Entry("status", "status:status", "What runs, how it is, how much memory it takes."),
        Entry("lag", "lag:lag", "How far each service is behind, and since when."),
        Entry("demo", "demo.command:demo", "Live through the reference course on a new stack."),
        Entry("clock", "clock:app", "The sandbox clock: show it, move it forward."),
        Entry("keys", "keys:app", "Make a key for a program, or for somebody of staff."),
        Entry("console-login", "console:console_login", "Make a link to the operators' console."),
        Entry("bench", "bench:bench", "Measure how fast it is on this machine."),
        Entry("completion", "completion:completion", "Have the shell complete what is typed."),
    ),
    "Courses and people": (
        Entry("course", "course:app", "Publish, list, show and cancel courses."),
        Entry(
            "registrations", "registrations:app", "Who is registered; register a sheet of people."
        ),
        Entry("people", "people:app", "Find whoever is recorded; erase a person."),
        Entry("quote", "quote:quote", "What cancelling would give, by the rule that decides."),
    ),
    "The day of a session": (
        Entry("rehearse", "rehearsal.command:rehearse", "Rehearse it with made-up people."),
        Entry("session", "session:app", "Watch a session, complete it, open it again."),
        Entry("attendance", "attendance:app", "Evidence by file, and whose it is."),
        Entry("tasks", "tasks:app", "What needs a human, and that it was done."),
    ),
    "Certificates and messages": (
        Entry(
            "certificates", "certificates:app", "Rosters, reports, keys; verify, revoke, replace."
        ),
        Entry("activity-file", "activity:activity_file", "A course's activity file, as one ZIP."),
        Entry("messages", "messages:app", "Mails and texts to learners; the digest for staff."),
        Entry("templates", "templates:app", "The templates of mails: ours, and the provider's."),
    ),
    "Money": (
        Entry("books", "books:app", "Months, and the ledger as a file."),
        Entry("credits", "credits:app", "What is left on a credit."),
        Entry("reconcile", "reconcile:reconcile", "Compare, and tell what does not agree."),
    ),
    "Partners and integrators": (
        Entry("partners", "partners:app", "Partners: what they see, are told, and send in."),
        Entry("export", "export:app", "What integrators build on, as files."),
    ),
    "When something is wrong": (
        Entry("invariants", "invariants:invariants", "Check what must always be true."),
        Entry("dead-letters", "dead_letters:app", "Records that services could not use."),
        Entry("replay", "replay:replay", "Set where a service goes on in the log."),
        Entry("rebuild", "rebuild:rebuild", "Make a service's copies anew from the log."),
        Entry("restored", "restored:restored", "Heal a service whose database is a backup's."),
        Entry("audit", "audit:app", "Whether the record of who did what was changed."),
    ),
}
ENTRIES: dict[str, Entry] = {one.name: one for group in GROUPS.values() for one in group}
