"""`demo`: the command; what it tells is imported when it is told."""

from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option(help="Leave the stack up when the story is told.")] = True,
) -> None:
    """Live through the reference course on a stack of its own, then say where to look."""
    from cli.demo import tell

    raise typer.Exit(tell(keep=keep))
