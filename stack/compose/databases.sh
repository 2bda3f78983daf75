#!/bin/bash
# A database and a role each: no service can read another's. Run once, by the image of Postgres.
set -e
for service in registration billing attendance certificates notifications partners web; do
  psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" <<SQL
    CREATE ROLE $service LOGIN PASSWORD '$SERVICES_PASSWORD';
    CREATE DATABASE $service OWNER $service ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
    REVOKE CONNECT ON DATABASE $service FROM PUBLIC;
SQL
done
