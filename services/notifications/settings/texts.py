"""What the sending of texts (SMS) must be told: by whom, how many, and when not."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.runtime.settings import ServiceSettings, listed


class TextSettings(ServiceSettings):
    """Who sends texts, to whom agreed to them; without them none are sent."""

    texts: Literal["", "mailbox", "twilio"] = Field(
        "",
        description="By whom texts are sent to who agreed to them: twilio, or the sandbox's "
        "mailbox; empty: none are sent.",
    )
    texts_a_day: int = Field(
        1000,
        ge=0,
        json_schema_extra={"unit": "texts/day"},
        description="Texts a day (UTC) at most; each is billed as up to four messages.",
    )
    texts_quiet_from: int = Field(
        21,
        ge=0,
        le=23,
        json_schema_extra={"unit": "o'clock"},
        description="The full hour at which the learner's evening begins.",
    )
    texts_quiet_until: int = Field(
        8,
        ge=0,
        le=23,
        json_schema_extra={"unit": "o'clock"},
        description="The full hour at which it is day for them again; the same: there is no night.",
    )
    twilio_account: str = Field(
        "", pattern=r"^$|^AC[0-9a-f]{32}$", description="The account's SID at Twilio (AC...)."
    )
    twilio_tokens: str = Field(
        "",
        repr=False,
        description="The account's auth token, by which we ask and Twilio signs; while it is "
        "replaced the new and the old one, with a comma between.",
    )
    twilio_from: str = Field(
        "",
        pattern=r"^$|^\+[1-9][0-9]{6,14}$|^MG[0-9a-f]{32}$",
        description="The number that texts come from, or a messaging service (MG...).",
    )
    twilio_url: str = Field(
        "https://api.twilio.com",
        description="Where Twilio's API is: another address is that of a fake.",
    )

    @model_validator(mode="after")
    def _texts(self) -> Self:
        """What a provider needs, all of it or none of it."""
        needed = {
            "twilio": ("twilio_account", "twilio_tokens", "twilio_from"),
            "mailbox": ("mailbox_url",),
        }
        missing = [name for name in needed.get(self.texts, ()) if not getattr(self, name)]
        if missing:
            names = ", ".join(f"NOTIFICATIONS_{name.upper()}" for name in missing)
            raise ValueError(f"texts by {self.texts} need {names}")
        return self

    @property
    def text_tokens(self) -> tuple[str, ...]:
        """All tokens that the provider of texts may sign with; none where there is none."""
        return tuple(listed(self.twilio_tokens)) if self.texts == "twilio" else ()
