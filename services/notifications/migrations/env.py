"""Alembic's entry; the work is done by shared.runtime.migrate."""

from alembic import context

from shared.runtime.migrate import metadata_of, run_env

run_env(context, metadata_of("notifications"))
