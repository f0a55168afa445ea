#!/bin/sh
# The broker with its password from a file: a configuration in memory, since command lines are public.
set -eu
conf=${CONF_DIR:-/run/redis}/redis.conf
umask 077
{
  printf 'requirepass %s\n' "$(cat "${SECRETS_DIR:-/run/secrets}/redis_password")"
  printf 'dir %s\nappendonly yes\nappendfsync everysec\nsave ""\n' "${DATA_DIR:-/data}"
  printf 'maxmemory-policy noeviction\n'
} >"$conf"
chown redis "$conf"
exec docker-entrypoint.sh redis-server "$conf"
