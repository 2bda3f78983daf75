#!/usr/bin/env bash
# The whole system in containers on a sandbox clock, the demo's story against it from outside, and
# away with it again. Leaves nothing behind; says what the containers said when the story fails.
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
  curl --noproxy '*' --fail --silent --output /dev/null http://127.0.0.1:8080/registration/health/ready && break
  sleep 1
done
for service in registration billing attendance certificates notifications partners web; do
  for _ in $(seq 120); do
    curl --noproxy '*' --fail --silent --output /dev/null "http://127.0.0.1:8080/$service/health/ready" && continue 2
    sleep 1
  done
  echo "  $service did not become ready" >&2
  exit 1
done
echo "  Ready after $((SECONDS - began)) s"
HOLDFAST_URL=http://127.0.0.1:8080 HOLDFAST_MAILBOX_URL=http://127.0.0.1:8025 \
  SANDBOX_CLOCK_URL=http://127.0.0.1:8112 bin/holdfast demo
