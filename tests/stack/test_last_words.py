"""Why a process does not start, in a line that says what to do."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.notifications.settings import Settings
from stack.last_words import last_words

GOOD: dict[str, Any] = {
    "database_url": "postgresql://x",
    "platform_secret": "a secret of the tests",
}


def ended_by(**wrong: Any) -> str:
    """What the log of a process ends on that is told such settings."""
    with pytest.raises(ValidationError) as why:
        Settings(**GOOD, **wrong)
    return (
        'Traceback (most recent call last):\n  File "app.py", line 1\n'
        f"pydantic_core._pydantic_core.ValidationError: {why.value}\n"
    )


def test_settings_that_do_not_fit_are_told_and_not_where_pydantic_says_more() -> None:
    wrong = {"smtp_host": "smtp.example", "smtp_password": "s3cret"}
    assert last_words(ended_by(**wrong)) == (
        "NOTIFICATIONS_SMTP_PASSWORD would go to smtp.example in the clear: set "
        "NOTIFICATIONS_SMTP_START_TLS=1 (port 587) or NOTIFICATIONS_SMTP_TLS=1 (port 465)"
    )
    said = last_words(ended_by(digest_hour=12, smtp_port="x"))
    assert "smtp_port: Input should be a valid integer" in said
    assert "digest_hour: Input should be less than or equal to 11" in said
    assert "pydantic" not in said


def test_else_it_is_the_last_line() -> None:
    assert last_words("started\nOSError: no room\n") == "OSError: no room"
    assert last_words(ended_by(smtp_port="x") + "again\nOSError: no room\n") == "OSError: no room"
    assert last_words("x" * 1000) == "x" * 300
    assert last_words("\n") == "it said nothing"
