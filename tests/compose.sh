#!/usr/bin/env bash
# The whole system in containers on a sandbox clock, two services scaled, the demo's story against
# it from outside while workers are killed; then all of it down and up again. Nothing of it may be
# lost. EACH=1: each container is restarted in turn as well, and has to heal (many minutes).
# Leaves nothing behind; says what the containers said when something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=holdfast-test SANDBOX=1 PUBLIC_URL=http://127.0.0.1:8080
# Secrets of this run only: what is exported here wins over a .env of this checkout.
random() { python3 -c 'import secrets; print(secrets.token_hex(32))'; }
sum() { python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.argv[1].encode()).hexdigest())' "$1"; }
PLATFORM_SECRET=$(random) PAYSIM_API_KEY=$(random) PAYSIM_WEBHOOK_SECRET=$(random)
POSTGRES_PASSWORD=$(random) SERVICES_PASSWORD=$(random) HOLDFAST_OPERATOR_KEY=hf_$(random)
OPERATOR_KEY_HASH=$(sum "$HOLDFAST_OPERATOR_KEY")
export PLATFORM_SECRET PAYSIM_API_KEY PAYSIM_WEBHOOK_SECRET POSTGRES_PASSWORD SERVICES_PASSWORD
export HOLDFAST_OPERATOR_KEY OPERATOR_KEY_HASH
services="registration billing attendance certificates notifications partners web"
story=
compose() { docker compose --profile sandbox "$@"; }
up() { compose up --detach --quiet-pull --scale billing=3 --scale attendance=2 "$@"; }
fail() { echo "  $*" >&2; exit 1; }
answers() { curl --noproxy '*' --fail --silent --output /dev/null "$1"; }
state() { docker inspect --format "{{.$2}}" "$COMPOSE_PROJECT_NAME-$1"; }

docker info >/dev/null 2>&1 || {
  echo "  No container engine answers. Start Docker, or use: make demo" >&2
  exit 3
}
end() {
  code=$?
  [ -z "$story" ] || kill "$story" 2>/dev/null || true
  if [ "$code" != 0 ]; then compose ps --all; compose logs --no-color --tail 40; fi
  compose --profile observability down --volumes --timeout 20 >/dev/null 2>&1 || true
  exit "$code"
}
trap end EXIT

had() { # VARIABLE IMAGE:TAG: another tag of the image where this one cannot be had
  if docker image inspect "$2" >/dev/null 2>&1 || docker pull --quiet "$2" >/dev/null 2>&1; then return; fi
  docker image inspect "${2%%:*}:latest" >/dev/null 2>&1 || return 0
  echo "  $2 cannot be had here; taken is ${2%%:*}:latest"
  export "$1=${2%%:*}:latest"
}
within() { # LOAD PROCESSORS: how many seconds the start may take at most, by what ran before it
  # 90 are promised, after the build. Beside other work (more than half of the processors had some in
  # the minute before) this cannot be judged, and twice as many still tell a start that hangs.
  python3 -c 'import sys; load, all = map(float, sys.argv[1:]); print(180 if load > all / 2 else 90)' "$@"
}
in_time() { # TOOK MOST
  [ "$1" -lt "$2" ] || fail "It was ready after $1 s; under $2 s was wanted"
  echo "  Ready after $1 s (under $2 s was wanted)"
}
ready() { # the front door leads to every service
  for service in $services; do
    for _ in $(seq 180); do
      answers "http://127.0.0.1:8080/$service/health/ready" && continue 2
      sleep 1
    done
    fail "$service did not become ready"
  done
}
healed() { # CONTAINER: it runs, and says that it is well where it says anything
  for _ in $(seq 180); do
    [ "$(state "$1" State.Status)" != running ] ||
      case "$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$COMPOSE_PROJECT_NAME-$1")" in
        healthy | "") return ;;
      esac
    sleep 1
  done
  fail "$1 did not heal"
}
kill_one() { # SERVICE INDEX: all processes of a container at once; Docker has to start it again
  local before
  before=$(state "$1-$2" RestartCount)
  kill -0 "$story" || fail "the story was over before $1-$2 was killed"
  compose exec --no-TTY --index "$2" "$1" sh -c 'kill -9 -1' >/dev/null 2>&1 || true
  for _ in $(seq 60); do
    [ "$(state "$1-$2" RestartCount)" = "$before" ] || break
    sleep 0.5
  done
  [ "$(state "$1-$2" RestartCount)" != "$before" ] || fail "$1-$2 was killed and not started again"
  healed "$1-$2"
  echo "  $1-$2 was killed and is back"
}
counts() { # rows of each service's truth, as Postgres itself counts them
  for table in registration.registrations billing.payments billing.ledger_entries \
    attendance.records certificates.certificates notifications.messages; do
    printf '%s ' "$table"
    compose exec --no-TTY postgres psql --username postgres --dbname "${table%.*}" \
      --tuples-only --no-align --command "select count(*) from ${table#*.}"
  done
}
same() { # WHEN COUNTS: nothing came and nothing went
  [ "$(counts)" = "$2" ] || fail "$1, the rows are others: $(counts) instead of $2"
}

most=$(within "$(python3 -c 'import os; print(os.getloadavg()[0])')" "$(nproc)")
had MAILPIT_IMAGE "$(compose config --images mailpit)"
compose down --volumes --timeout 20 >/dev/null 2>&1 || true
compose build --quiet
compose --profile tools build --quiet tools
began=$SECONDS
up
ready
in_time $((SECONDS - began)) "$most"

export HOLDFAST_URL=http://127.0.0.1:8080 HOLDFAST_MAILBOX_URL=http://127.0.0.1:8025
export SANDBOX_CLOCK_URL=http://127.0.0.1:8112
bin/holdfast demo &
story=$!
sleep 10
kill_one billing 2
kill_one attendance 1
kill_one billing 1
wait "$story" || { code=$?; story=; exit "$code"; }
story=
held=$(counts)
if grep -q ' 0$' <<<"$held"; then fail "the story left nothing behind: $held"; fi

compose --profile tools run --rm --no-deps --no-TTY tools invariants ||
  fail "an invariant is broken, as the services' databases and the log tell"
compose --profile tools run --rm --no-deps --no-TTY tools status ||
  fail "not everything runs, as the services tell"
echo "  All invariants hold, and everything runs, asked from a container of the tools"

had PROMETHEUS_IMAGE "$(compose --profile observability config --images prometheus)"
compose up --detach --no-deps prometheus
for _ in $(seq 60); do
  scraped=$(curl --noproxy '*' --silent --get http://127.0.0.1:9090/api/v1/query \
    --data-urlencode 'query=count(up{job=~"billing|attendance|web"} == 1)' || true)
  ! grep -q '"6"' <<<"$scraped" || break
  sleep 1
done
grep -q '"6"' <<<"$scraped" || fail "Prometheus does not find all processes: $scraped"
echo "  Prometheus asks each process of those that were scaled"

if [ -n "${EACH:-}" ]; then
  for one in $(docker ps --format '{{.Names}}' --filter "name=^$COMPOSE_PROJECT_NAME-"); do
    docker restart --time 40 "$one" >/dev/null
    healed "${one#"$COMPOSE_PROJECT_NAME-"}"
    ready
    same "after $one was restarted" "$held"
  done
  echo "  Each container was restarted, and healed"
fi

compose down --timeout 40 >/dev/null 2>&1
began=$SECONDS
up
ready
same "after down and up" "$held"
echo "  Down and up again after $((SECONDS - began)) s, with all that was there"
