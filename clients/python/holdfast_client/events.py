"""An event as it comes by feed and by webhook: CloudEvents 1.0, and its data as this partner sees
them."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

from pydantic import AwareDatetime, Field

from holdfast_client.base import Data, Part

D = TypeVar("D", bound=Data)
_Model: TypeAlias = type[D]  # within the class `type` is a field


class Event(Part):
    """Deal with each `id` once: the same event may come again, with the same id.

    `data` are as they came. Types that this library does not know come like all others.
    """

    specversion: str = "1.0"
    id: str = Field(min_length=1)
    source: str
    type: str = Field(min_length=1)
    subject: str
    time: AwareDatetime
    datacontenttype: str = "application/json"
    data: dict[str, Any]

    def of(self, model: _Model[D]) -> D | None:
        """The data as that model has them; None where the event is of another type.

        `if paid := event.of(InvoicePaid): …` Raises pydantic's ValidationError (a ValueError) where
        data of that type are not as its contract says.
        """
        return model.model_validate(self.data) if self.type == model.TYPE else None

    def read(self) -> Data | None:
        """The data as the model of its type has them; None where this library does not know it."""
        from holdfast_client.models import MODELS  # many, and not everybody wants them

        model = MODELS.get(self.type)
        return None if model is None else self.of(model)
