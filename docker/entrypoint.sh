#!/usr/bin/env bash
# Starts one role of Voicex. docs/deployment.md says what each role does and needs.
#
#   entrypoint.sh web | media | worker | beat | migrate
#   entrypoint.sh manage COMMAND [ARGUMENT...]
set -euo pipefail
umask 077  # recordings, clips and run files are for this user alone
cd "$(dirname "${BASH_SOURCE[0]}")/.."

role="${1:-}"
host="${HOST:-0.0.0.0}"
port="${PORT:-8000}"

needs_redis() {
  if [ -z "${REDIS_URL:-}" ]; then
    echo "voicex: the role $role takes its work from Redis. Set REDIS_URL, for example redis://redis:6379/0" >&2
    exit 64
  fi
}

# For roles that sign nothing and open nothing: the settings ask for secrets, and the real ones
# are not for these.
needs_no_secret() {
  local name
  for name in "$@"; do
    if [ -z "${!name:-}" ]; then
      export "$name=$(python -c 'import secrets; print(secrets.token_urlsafe(48))')"
    fi
  done
}

# For healthcheck.sh, which is started beside us and must know what to ask.
remember_role() {
  local directory="${VAR_DIR:-var}/run"
  mkdir -p "$directory"
  echo "$role" > "$directory/role"
}

case "$role" in
  web)
    remember_role
    # Verbosity 0: Daphne's access log would quote webhook URLs, and those carry keys.
    exec python -m daphne --bind "$host" --port "$port" --verbosity 0 --no-server-name \
      --proxy-headers --proxy-headers-host X-Real-IP voicex.asgi:application
    ;;
  media)
    remember_role
    exec python -m voicex.server --host "$host" --port "$port"
    ;;
  worker)
    needs_redis
    needs_no_secret API_KEY_PEPPER
    remember_role
    # A child runs one task at a time: Celery would open and close a pool around each.
    export DATABASE_POOL_SIZE=0
    exec celery --quiet --app voicex worker --concurrency "${WORKER_CONCURRENCY:-2}" \
      --without-mingle --without-gossip
    ;;
  beat)
    needs_redis
    needs_no_secret SECRET_KEY FIELD_ENCRYPTION_KEYS API_KEY_PEPPER
    remember_role
    # The schedule is in the settings, so there is nothing to keep between two starts.
    exec celery --quiet --app voicex beat --scheduler celery.beat:Scheduler --pidfile=
    ;;
  migrate)
    needs_no_secret SECRET_KEY FIELD_ENCRYPTION_KEYS API_KEY_PEPPER
    exec python manage.py migrate --no-input
    ;;
  manage)
    shift
    exec python manage.py "$@"
    ;;
  *)
    echo "voicex: choose a role: web, media, worker, beat, migrate, or manage COMMAND" >&2
    exit 64
    ;;
esac
