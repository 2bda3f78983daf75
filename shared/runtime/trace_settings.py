"""Whether there are traces, and how they leave (docs/traces.md).

All but the endpoint are read by OpenTelemetry's SDK itself, by its own names and with its own
defaults. They stand here so that whatever hands variables on (Compose, the chart, the page of
settings) knows them, and so that a word that the SDK would pass over in silence is refused.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, BaseModel, Field

Sampler = Literal[
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "always_on",
    "always_off",
    "traceidratio",
]


class TraceSettings(BaseModel):
    """What OpenTelemetry is told: a part of every service's settings, which read it."""

    otel_exporter_otlp_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="Where traces go: a collector's address for OTLP over HTTP, such as "
        "http://collector:4318; empty: none are made.",
    )
    otel_exporter_otlp_headers: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_HEADERS"),
        repr=False,
        description="What the collector is shown with each request: `name=value`, several with "
        "commas between.",
    )
    otel_exporter_otlp_certificate: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_CERTIFICATE"),
        description="The file of the authority that vouches for the collector, as PEM; empty: "
        "those that the system trusts.",
    )
    otel_exporter_otlp_timeout: float = Field(
        10,
        gt=0,
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TIMEOUT"),
        json_schema_extra={"unit": "seconds"},
        description="How long the collector may take to answer.",
    )
    otel_traces_sampler: Sampler = Field(
        "parentbased_always_on",
        validation_alias=AliasChoices("OTEL_TRACES_SAMPLER"),
        description="Which traces are kept. `parentbased` goes by the caller's word, where a "
        "request comes with a trace.",
    )
    otel_traces_sampler_arg: float = Field(
        1.0,
        ge=0,
        le=1,
        validation_alias=AliasChoices("OTEL_TRACES_SAMPLER_ARG"),
        json_schema_extra={"unit": "of all"},
        description="Which part of them is kept where the sampler goes by a ratio.",
    )
    otel_resource_attributes: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_RESOURCE_ATTRIBUTES"),
        description="More about where this runs: `name=value`, several with commas between.",
    )
    otel_bsp_schedule_delay: int = Field(
        5_000,
        ge=1,
        validation_alias=AliasChoices("OTEL_BSP_SCHEDULE_DELAY"),
        json_schema_extra={"unit": "ms"},
        description="How often spans are sent.",
    )
    otel_bsp_max_queue_size: int = Field(
        2_048,
        ge=512,  # as many as are sent at once: with fewer the SDK would not begin
        validation_alias=AliasChoices("OTEL_BSP_MAX_QUEUE_SIZE"),
        json_schema_extra={"unit": "spans"},
        description="How many spans may wait; more are left out.",
    )
    otel_sdk_disabled: Literal["false", "true"] = Field(
        "false",
        validation_alias=AliasChoices("OTEL_SDK_DISABLED"),
        description="Whether none are made after all.",
    )
