"""`bin/holdfast demo`: the reference course of autumn 2020, lived through in a minute or two.

`learners.py` says who comes, `expected.py` what must come out (written by hand), `story.py` what
happens, `watched.py` what came out, `figures.py` (with `money.py` and `mails.py`) both side by
side. The story knows the system from outside only: its front door, its clock, its mailbox, its
gateway.
"""

from __future__ import annotations

import os


def tell(*, keep: bool) -> int:
    """Start a fresh stack of its own, tell the story on it, say where to look.

    Where `HOLDFAST_URL` names a stack (with `HOLDFAST_MAILBOX_URL` and `SANDBOX_CLOCK_URL`), the
    story is told there instead. Gives the exit code.
    """
    from cli import say, stack
    from cli.demo import telling
    from stack import state
    from stack.profile import Profile, home

    if os.environ.get("HOLDFAST_URL"):
        mailbox = os.environ.get("HOLDFAST_MAILBOX_URL", "http://127.0.0.1:8111")
        return telling.tell(telling.world_of(mailbox), home() / "demo-elsewhere")
    running = state.running_profile()
    if running is not None and running.profile == "demo":
        say.step("A demo is still up; it is stopped and begins anew")
        stack.stop(running)
    profile = Profile("demo")
    profile.wipe()
    stack.start("demo", sandbox=True, detach=True)
    known = state.load(profile)
    code = 1
    try:
        world = telling.world_of(known.processes["mailbox"].url)
        code = telling.tell(world, profile.directory, stays=keep)
    finally:
        if not keep:
            stack.stop(state.load(profile))
    if keep:
        say.line(f"Courses and registrations   {known.public_url}")
        say.line(f"Every mail                  {known.processes['mailbox'].url}")
        say.following("It stays up. Stop it with: make down")
    return code
