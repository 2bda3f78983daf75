#!/usr/bin/env bash
# The whole system in containers on a sandbox clock, the demo's story against it from outside, and
# away with it again. Leaves nothing behind; says what the containers said when the story fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=holdfast-test SANDBOX=1
compose() { docker compose --profile sandbox "$@"; }
docker info >/dev/null 2>&1 || {
  echo "  No container engine answers. Start Docker, or use: make demo" >&2
  exit 3
}
end() {
  code=$?
  if [ "$code" != 0 ]; then compose ps --all; compose logs --no-color --tail 40; fi
  compose down --volumes --timeout 20 >/dev/null 2>&1 || true
  exit "$code"
}
trap end EXIT
compose down --volumes --timeout 20 >/dev/null 2>&1 || true
compose build --quiet
began=$SECONDS
compose up --detach --quiet-pull
for _ in $(seq 180); do
  curl --fail --silent --output /dev/null http://127.0.0.1:8080/registration/health/ready && break
  sleep 1
done
for service in registration billing attendance certificates notifications partners web; do
  for _ in $(seq 120); do
    curl --fail --silent --output /dev/null "http://127.0.0.1:8080/$service/health/ready" && continue 2
    sleep 1
  done
  echo "  $service did not become ready" >&2
  exit 1
done
echo "  Ready after $((SECONDS - began)) s"
HOLDFAST_URL=http://127.0.0.1:8080 HOLDFAST_OPERATOR_KEY=hf_local_laptop \
  HOLDFAST_MAILBOX_URL=http://127.0.0.1:8025 PAYSIM_API_KEY=gateway-of-a-laptop SANDBOX_CLOCK_URL=http://127.0.0.1:8112 \
  bin/holdfast demo
