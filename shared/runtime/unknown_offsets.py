"""aiokafka on a group's offsets: a coordinator that cannot say them is no group without any.

While a coordinator loads its groups, or is not theirs any more, it answers OffsetFetch with no
topic at all and one error for the whole answer (Kafka's protocol, from version 2 on). aiokafka
looks for errors beside each partition only, so that the answer reads "nothing was ever committed":
a consumer would begin at the start of the log, and a restored service would take itself for one
that is not. Here it is the error that it says; all who ask try again, or refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.commit import OffsetFetchRequest


def _telling(send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    async def sends(self: Any, node_id: Any, request: Any, **how: Any) -> Any:
        response = await send(self, node_id, request, **how)
        if isinstance(request, OffsetFetchRequest) and (code := response.error_code):
            raise for_code(code)("the coordinator cannot say the offsets of the group now")
        return response

    return sends


def are_told() -> None:
    """From now on whoever asks for offsets is told where they cannot be said; once a process."""
    if not hasattr(AIOKafkaClient.send, "__wrapped__"):
        AIOKafkaClient.send = _telling(AIOKafkaClient.send)
