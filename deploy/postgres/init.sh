#!/bin/sh
# Run once by the PostgreSQL image over an empty data folder: both roles, the database's owner, the extensions.
# psql reads the passwords itself, so that they stand on no command line.
set -eu
here=${BOOTSTRAP_DIR:-/bootstrap}
export SECRETS_DIR="${SECRETS_DIR:-/run/secrets}"
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-elevator}" <<SQL
\\set owner_password \`cat "\$SECRETS_DIR/database_owner_password"\`
\\set app_password \`cat "\$SECRETS_DIR/database_app_password"\`
\\i '$here/bootstrap.sql'
SQL
