"""`invariants`: domain.md §10, checked from outside on the stack that runs."""

from typing import Annotated

import typer

from cli.say import AsJson

Now = Annotated[bool, typer.Option("--now", help="Do not wait until all is quiet first.")]


def invariants(now: Now = False, as_json: AsJson = False) -> None:
    """Check what must always be true: exit code 0 when all of it is, 1 when not.

    3 where it all holds, but something could not be looked at. The console is told what was found.
    """
    from cli.invariants.run import tell  # it knows every service, which takes seconds to import

    tell(now=now, as_json=as_json)
