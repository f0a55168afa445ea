#!/bin/sh
# One backup: database and files, whole or not at all, then what is older than RETENTION_DAYS goes.
# PGHOST, PGPORT, PGUSER and PGDATABASE name the database; the password comes from PASSWORD_FILE or PGPASSFILE.
set -eu
umask 077
backups=${BACKUP_DIR:-/backups}
files=${FILES_DIR:-/srv/files}
[ -z "${PASSWORD_FILE:-}" ] || { PGPASSWORD=$(cat "$PASSWORD_FILE") && export PGPASSWORD; }
stamp=$(date -u +%Y%m%dT%H%M%SZ)
part="$backups/.part-$stamp"
rm -rf "$backups"/.part-*
mkdir "$part"
# The files after the database: every file that a row of the dump names is there, unless its time was up.
pg_dump --format=custom --file="$part/database.dump"
pg_restore --list "$part/database.dump" >"$part/contents.txt"
tar -C "$files" -cf "$part/files.tar" .
(cd "$part" && sha256sum database.dump files.tar >SHA256SUMS)
sync
mv "$part" "$backups/$stamp"
find "$backups" -mindepth 1 -maxdepth 1 -type d -name '2*Z' -mtime "+${RETENTION_DAYS:-14}" -exec rm -rf {} +
echo "backup $stamp: $(wc -c <"$backups/$stamp/database.dump") bytes of database, $(wc -c <"$backups/$stamp/files.tar") of files"
