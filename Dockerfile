# One image a service: docker build --build-arg SERVICE=billing .
# SERVICE may also be `stack` (payment simulator, sandbox clock, topics, migrations).
# Where certificates are to be signed as PDF too (PAdES): --build-arg REQUIREMENTS=signing
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS packages
ARG REQUIREMENTS=service
COPY requirements/service.txt requirements/signing.txt /tmp/
RUN python3 -m venv /opt/holdfast \
 && /opt/holdfast/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/$REQUIREMENTS.txt \
 && find /opt/holdfast -name __pycache__ -prune -exec rm -rf {} +

FROM ${PYTHON}
RUN useradd --uid 10001 --create-home --home-dir /var/lib/holdfast holdfast
COPY --from=packages /opt/holdfast /opt/holdfast
COPY shared /app/shared
COPY services /app/services
COPY stack /app/stack
ARG SERVICE
ENV PATH=/opt/holdfast/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 SERVICE=${SERVICE} HOLDFAST_HOST=0.0.0.0
WORKDIR /app
USER holdfast
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python3", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://127.0.0.1:8000/{os.environ['SERVICE']}/health/ready\", timeout=4)"]
CMD ["sh", "-c", "exec python3 -m services.$SERVICE.app"]
