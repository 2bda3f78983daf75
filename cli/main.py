"""`bin/holdfast`: what an operator or developer types. One module a family of commands."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from cli import (
    activity,
    attendance,
    audit,
    bench,
    books,
    certificates,
    clock,
    console,
    course,
    dead_letters,
    export,
    keys,
    messages,
    partners,
    people,
    quote,
    rebuild,
    reconcile,
    registrations,
    replay,
    restored,
    say,
    session,
    stack,
    status,
    tasks,
    templates,
)
from cli import credits as credits_
from cli.invariants import invariants
from cli.say import Ends
from stack.profile import home
from stack.trouble import Trouble

app = typer.Typer(
    name="holdfast",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Holdfast: operations of courses that carry continuing-education credit.",
)
app.command()(stack.up)
app.command()(stack.down)
app.command()(status.status)
app.add_typer(clock.app, name="clock")
app.add_typer(keys.app, name="keys")
app.add_typer(course.app, name="course")
app.add_typer(registrations.app, name="registrations")
app.add_typer(people.app, name="people")
app.add_typer(attendance.app, name="attendance")
app.add_typer(session.app, name="session")
app.command("quote")(quote.quote)
app.add_typer(audit.app, name="audit")
app.command("activity-file")(activity.activity_file)
app.add_typer(books.app, name="books")
app.add_typer(certificates.app, name="certificates")
app.add_typer(credits_.app, name="credits")
app.add_typer(tasks.app, name="tasks")
app.add_typer(templates.app, name="templates")
app.add_typer(messages.app, name="messages")
app.add_typer(partners.app, name="partners")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(export.app, name="export")
app.command("replay")(replay.replay)
app.command("rebuild")(rebuild.rebuild)
app.command("restored")(restored.restored)
app.command("reconcile")(reconcile.reconcile)
app.command("invariants")(invariants)
app.command("bench")(bench.bench)
app.command("console-login")(console.console_login)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave the stack up when the story is told.")] = True,
) -> None:
    """Live through the reference course on a stack of its own, then say where to look."""
    from cli.demo import tell

    raise typer.Exit(tell(keep=keep))


def main() -> None:
    """Run a command; every end has an exit code and says what to do next."""
    try:
        app(prog_name="bin/holdfast")  # as it is typed, also where usage is explained
    except Ends as why:
        _last_words(why.message, why.remedy)
        sys.exit(why.code)
    except Trouble as why:
        _last_words(why.message, why.remedy)
        sys.exit(why.code)
    except OSError as why:
        _last_words(*_in_words(why))
        sys.exit(say.AWAY)
    except KeyboardInterrupt:
        sys.exit(130)


def _in_words(why: OSError) -> tuple[str, str]:
    """What the system refused, and where."""
    where, what = str(why.filename or ""), why.strerror or str(why)
    if not where.startswith(str(home())):
        return f"{what}: {where}" if where else what, ""
    return f"{where} cannot be used: {what}.", "HOLDFAST_HOME says where the data goes."


def _last_words(message: str, remedy: str) -> None:
    say.step(message)
    if remedy:
        say.err.print(escape(say.folded(say.err, f"  {remedy}")), style="bold")
