# Darkroom over Streamable HTTP: a front and its worker in one container.
# A container that stops ends the worker with it; what was out then ends as `charge: possible`.
FROM python:3.11-slim

# httpx2 uses the system's store of certificates, which is to be the newest, so no version is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY server ./server
RUN pip install --no-cache-dir . \
    && useradd --create-home --uid 1000 darkroom \
    && mkdir /data \
    && chown 1000:1000 /data

USER 1000:1000
ENV DARKROOM_HOME=/data/state \
    DARKROOM_OUTPUT_DIR=/data/pictures
VOLUME /data
EXPOSE 8765

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
CMD ["darkroom", "serve", "--http", "--host", "0.0.0.0", "--port", "8765"]
