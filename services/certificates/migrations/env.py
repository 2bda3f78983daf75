"""How certificates' migrations run."""

from alembic import context

from shared.runtime.migrate import metadata_of, run_env

run_env(context, metadata_of("certificates"))
