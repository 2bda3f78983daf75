"""What `partners` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from holdfast_client.base import Data


class EndpointTested(Data):
    """A test, sent to one endpoint because somebody asked for it.

    When the test of an endpoint is asked for, and at no other time.

    Never: Of a course or a person: answer it as any other, and do nothing with it.
    """

    TYPE: ClassVar[str] = "endpoint.tested.v1"

    endpoint_id: str | None = None


class PersonErased(Data):
    """A person is erased: delete what you know of them.

    Said once for each of your courses in which they had a registration, each time by the same
    id of the event. Facts that name them stay, for these hold ids only; their `person.recorded`
    is gone from the feed.

    When a person's data is erased here.

    Never: A cancellation. Nor the end of certificates: these verify as before, without the
    name.
    """

    TYPE: ClassVar[str] = "person.erased.v1"

    person_id: str
