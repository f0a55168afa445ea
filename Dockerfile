# Three builders, one small image: no compiler, node, cache or secret stays in it. It runs as a user that owns nothing
# but its two folders, over a root file system that may be read-only.
FROM node:22-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend/ ./
RUN node build.mjs

FROM python:3.12-slim AS packages
RUN python -m venv /opt/venv
COPY requirements/runtime.txt /build/
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /build/runtime.txt

FROM packages AS built
COPY requirements/embedded.txt /build/
# Only for babel, which compiles the catalogues; this venv does not reach the image.
RUN python -m venv /opt/tools && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r /build/embedded.txt
WORKDIR /app
COPY . .
COPY --from=frontend /build/frontend/dist frontend/dist
# The settings want addresses and a key; these exist for this one line.
RUN /opt/tools/bin/python tools/messages.py compile && \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgresql://build.invalid/none REDIS_URL=redis://build.invalid/0 \
    DJANGO_SETTINGS_MODULE=config.settings.production /opt/venv/bin/python manage.py collectstatic --noinput && \
    rm -rf requirements tools && python -m compileall -q /app

# The programs of the server's own version, since pg_dump refuses a newer server.
FROM postgres:18 AS backup
RUN install -d -o 10001 -g 10001 -m 0700 /backups /srv/files
COPY deploy/backup /backup
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT []
CMD ["sh", "/backup/loop.sh"]

FROM python:3.12-slim AS platform
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin platform && \
    install -d -o 10001 -g 10001 -m 0700 /srv/files
COPY --from=packages /opt/venv /opt/venv
COPY --from=built /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    DJANGO_SETTINGS_MODULE=config.settings.production FILES_DIR=/srv/files
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "deploy/healthcheck.py"]
CMD ["python", "-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "64", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.5", \
     "--workers-kill-timeout", "3"]
