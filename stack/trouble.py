"""What keeps the stack from running, said in one line with what to do about it."""

# Exit codes (interfaces.md §8): a rule says no, it was asked for wrongly, something does not run.
REFUSED, USAGE, AWAY = 1, 2, 3


class Trouble(Exception):
    """A reason for people: `message` says what is the matter, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "", code: int = AWAY) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message, self.remedy, self.code = message, remedy, code
