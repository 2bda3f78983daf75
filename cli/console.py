"""`console-login`: a link that signs whoever has it in to the console, once."""

from cli import say
from cli.here import here
from cli.say import AsJson


def console_login(as_json: AsJson = False) -> None:
    """Make a link to the console: good once, for five minutes, as admin."""
    made = here().call("POST", "/web/v1/console/links")
    if as_json:
        say.data(made)
        return
    say.line(str(made["url"]))
    say.following("Open it in your browser. Whoever has it gets in: show it to nobody.")
