# One image for migrate, ingest, schedule and api; the command says which.
FROM python:3.13.9-slim-trixie
WORKDIR /srv/parkwatch
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY schemas ./schemas
COPY accounting ./accounting
COPY storage ./storage
COPY alerts ./alerts
COPY ingest ./ingest
COPY simulators ./simulators
COPY dashboards ./dashboards
COPY api ./api
COPY parkwatch ./parkwatch
# the lock as constraints: its versions, without the developer's tools
RUN pip install --no-cache-dir --disable-pip-version-check --constraint requirements.lock . \
 && useradd --system --uid 10001 --home-dir /var/lib/parkwatch --create-home parkwatch
USER parkwatch
ENV PYTHONUNBUFFERED=1 PARKWATCH_DATA_DIR=/var/lib/parkwatch PARKWATCH_HTTP_HOST=0.0.0.0 PARKWATCH_HTTP_PORT=8060
WORKDIR /var/lib/parkwatch
ENTRYPOINT ["parkwatch"]
CMD ["--help"]
