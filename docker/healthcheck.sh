#!/usr/bin/env bash
# Whether the role that entrypoint.sh started in this container does its work: exit 0 or 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

role_file="${VAR_DIR:-var}/run/role"

# Without curl, which the image has not, and without Python, which would take a second.
answers() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/${PORT:-8000}"
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
  read -r -t 5 status <&3
  [[ "$status" == *" 200 "* ]]
}

[ -f "$role_file" ] || exit 0  # a single command, not a role
case "$(< "$role_file")" in
  web | media)
    # Not /readyz: a process that drains is healthy and must not be replaced.
    answers /healthz
    ;;
  worker)
    # Without --app: the settings ask for secrets that entrypoint.sh made up for its own process.
    # By the environment, because every process can read the password in an argument.
    unset DJANGO_SETTINGS_MODULE
    export CELERY_BROKER_URL="$REDIS_URL"
    celery inspect ping --destination "celery@$HOSTNAME" --timeout 5 > /dev/null
    ;;
  beat)
    python -c 'import os, redis; redis.from_url(os.environ["REDIS_URL"], socket_timeout=5).ping()'
    ;;
esac
