"""What keeps the stack from running, said in one line with what to do about it."""


class Trouble(Exception):
    """A reason for people: `message` says what is the matter, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy
