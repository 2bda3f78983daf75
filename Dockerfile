# The images, one a service: docker build --build-arg SERVICE=billing .
# and `--target stack`: topics, migrations, the payment simulator, the sandbox clock;
# `--target tools`: the command line, for where Kafka and the databases are reached.
# `make images` builds them all, each with its version, revision and bill of materials.
# Where certificates are to be signed as PDF too (PAdES): --build-arg REQUIREMENTS=signing

# By digest, so that what was released can be built again. To renew it: `make base` writes what the
# tag is today; then look at what Python and Debian say has changed. Compose takes the tag alone.
# This digest was found in public files and never pulled where this was made: renew it first.
ARG PYTHON=python:3.13-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

# What all of them need: one layer that they share, on a machine and in a registry.
FROM ${PYTHON} AS base
# By number where it is used: Kubernetes cannot tell that a name is not root's.
RUN useradd --uid 10001 --shell /usr/sbin/nologin --create-home --home-dir /var/lib/holdfast holdfast
# The base's own pip installs into an environment that has none. It compiles what it installs; a
# read-only container would do so at every start.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements/base.txt,target=/tmp/base.txt \
    python3 -m venv --without-pip /opt/holdfast \
 && python3 -m pip --python /opt/holdfast/bin/python install --quiet \
    --no-deps --only-binary :all: --require-hashes -r /tmp/base.txt
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
WORKDIR /app

# What runs beside the services. It knows them all, for it migrates their databases in one step.
FROM base AS stack
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements/images,target=/tmp/images \
    python3 -m pip --python /opt/holdfast/bin/python install --quiet \
    --no-deps --only-binary :all: --require-hashes -r /tmp/images/stack.txt
ENV PATH=/opt/holdfast/bin:$PATH
COPY shared /app/shared
COPY services /app/services
COPY stack /app/stack
RUN python3 -m compileall -q /app
ARG VERSION=0.0.0 REVISION=unknown SOURCE=
LABEL org.opencontainers.image.title="holdfast-stack" \
      org.opencontainers.image.description="Holdfast: topics, migrations, payment simulator, sandbox clock" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
USER 10001:10001

# What operators type where Kafka and the databases are reached: `holdfast lag`, `restored`, and so
# on. It builds the services as they are, to know what each hears, so it has what all of them need.
FROM base AS tools
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements/images,target=/tmp/images \
    python3 -m pip --python /opt/holdfast/bin/python install --quiet \
    --no-deps --only-binary :all: --require-hashes -r /tmp/images/tools.txt
ENV PATH=/opt/holdfast/bin:$PATH
COPY shared /app/shared
COPY services /app/services
COPY stack /app/stack
COPY cli /app/cli
RUN python3 -m compileall -q /app \
 && printf '#!/bin/sh\nexec python3 -m cli "$@"\n' > /opt/holdfast/bin/holdfast \
 && chmod 755 /opt/holdfast/bin/holdfast
ARG VERSION=0.0.0 REVISION=unknown SOURCE=
LABEL org.opencontainers.image.title="holdfast-tools" \
      org.opencontainers.image.description="Holdfast: the command line" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
# Nothing that it keeps outlives it: the root is read-only where it runs.
ENV HOLDFAST_HOME=/tmp/holdfast
USER 10001:10001
ENTRYPOINT ["holdfast"]
CMD ["--help"]

FROM base AS service
ARG SERVICE
# An image of no service is none: said here, and not by Python when it starts.
RUN test -n "${SERVICE}" || { echo "Say which: --build-arg SERVICE=billing (or --target stack)" >&2; exit 1; }
ARG REQUIREMENTS=${SERVICE}
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=bind,source=requirements/images,target=/tmp/images \
    python3 -m pip --python /opt/holdfast/bin/python install --quiet \
    --no-deps --only-binary :all: --require-hashes -r "/tmp/images/${REQUIREMENTS}.txt"
ENV PATH=/opt/holdfast/bin:$PATH
COPY shared /app/shared
COPY services/__init__.py /app/services/
COPY services/${SERVICE} /app/services/${SERVICE}
RUN python3 -m compileall -q /app
ARG VERSION=0.0.0 REVISION=unknown SOURCE=
LABEL org.opencontainers.image.title="holdfast-${SERVICE}" \
      org.opencontainers.image.description="Holdfast: the service ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
ENV SERVICE=${SERVICE} HOLDFAST_HOST=0.0.0.0 HOLDFAST_RELEASE=${VERSION} HOLDFAST_REVISION=${REVISION}
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
  CMD ["python3", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://127.0.0.1:8000/{os.environ['SERVICE']}/health/ready\", timeout=4)"]
CMD ["sh", "-c", "exec python3 -m services.$SERVICE.app"]
