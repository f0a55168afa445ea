#!/bin/sh
# A backup every EVERY_SECONDS, and at the start; a failure is said and tried again after ten minutes.
here=$(dirname "$0")
trap 'exit 0' TERM INT
while :; do
  if sh "$here/backup.sh"; then pause=${EVERY_SECONDS:-21600}; else echo "BACKUP FAILED" >&2; pause=600; fi
  sleep "$pause" &
  wait $!
done
