#!/bin/sh
# Restores one backup (its folder) into an empty database and an empty folder of files; refuses anything else.
# PGUSER is the superuser, since extensions are part of the dump; the roles must be there (deploy/postgres/init.sh).
set -eu
from=${1:?usage: restore.sh FOLDER}
files=${FILES_DIR:-/srv/files}
[ -z "${PASSWORD_FILE:-}" ] || { PGPASSWORD=$(cat "$PASSWORD_FILE") && export PGPASSWORD; }
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
tables=$(psql --no-psqlrc -At -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$tables" != 0 ]; then
  echo "The database has $tables tables; a backup is restored into an empty one only." >&2
  exit 1
fi
if [ -n "$(ls -A "$files")" ]; then
  echo "$files is not empty; a backup is restored into an empty folder only." >&2
  exit 1
fi
pg_restore --dbname="$PGDATABASE" --exit-on-error --single-transaction "$from/database.dump"
psql --no-psqlrc --quiet -c ANALYZE
tar -C "$files" -xf "$from/files.tar"
echo "restored $(basename "$from"); now: manage.py rebase_ledgers, then manage.py verify_chain"
