"""The HTTP application: `create_app` puts it together, `serve` runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from types import FrameType
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from api import problems
from api.auth import PREFIX
from api.live import Live
from api.openapi import describe
from api.routes import (
    alert_handling,
    alerts,
    backtest,
    carbon,
    compared,
    digest,
    energy_use,
    enterprises,
    epochs,
    evidence,
    exports,
    green_power,
    health,
    hours,
    imports,
    instruments,
    invoices,
    ledger,
    live,
    logbook,
    marks,
    me,
    meters,
    periods,
    points,
    readings,
    receipts,
    rejected,
    reports,
    reviews,
    rules,
    screen,
    silences,
    targets,
    tracing,
    transmission,
    treatment,
)
from api.service import Service
from storage.connect import Pool, open_pool
from storage.replica import Reads

NOUNS = (
    me, enterprises, points, readings, receipts, live, hours, reviews, epochs, instruments, targets, green_power,
    carbon, periods, energy_use, reports, meters, invoices,
    alerts, alert_handling, evidence, tracing, backtest, rules, silences, marks, logbook, transmission, digest,
    compared, treatment,
    ledger, rejected, imports, exports,
)  # fmt: skip

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    database_url: str,
    *,
    read_url: str | None = None,
    read_wait_s: float = 0.25,
    timezone: str = "Asia/Shanghai",
    version: str = "0",
    metrics_token: str | None = None,
    pool_size: int = 10,
    pool_timeout_s: float = 5.0,
    heartbeat_s: float = 5.0,
) -> FastAPI:
    """The application. It connects when it is served, and answers 503 while the database is away.

    Args:
        read_url: a streaming replica of the database that answers what only reads, while it is current.
        read_wait_s: how long a read waits for the replica to replay what it must see, before the primary answers.
        timezone: IANA name; days and months are its, and times are written with its offset.
        metrics_token: opens /metrics to a scraper; without one only role admin may read it.
        pool_timeout_s: how long a request waits for a connection before it is answered 503.
        heartbeat_s: how often the live stream says that it reads.
    """
    zone = ZoneInfo(timezone)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            pool = stack.enter_context(_pool(database_url, pool_size, pool_timeout_s))
            replica = stack.enter_context(_pool(read_url, pool_size, pool_timeout_s)) if read_url else None
            reads = Reads(pool, replica, wait_s=read_wait_s)
            stream = Live(database_url, pool, asyncio.get_running_loop(), zone=zone, heartbeat_s=heartbeat_s)
            app.state.service = Service(pool, reads, zone, stream, version, metrics_token)
            stream.start()
            try:
                yield
            finally:
                await run_in_threadpool(stream.close)

    app = FastAPI(
        title="ParkWatch",
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    problems.install(app)
    app.middleware("http")(_guard_browsers)
    for noun in NOUNS:
        app.include_router(noun.router, prefix=PREFIX)
    app.include_router(health.router)
    app.include_router(health.router, prefix=PREFIX, include_in_schema=False)
    app.include_router(screen.router)
    app.mount("/wall", StaticFiles(directory=screen.PAGES), name="wall")
    describe(app)
    return app


def _pool(url: str, size: int, timeout_s: float) -> AbstractContextManager[Pool]:
    return open_pool(url, size=size, application="parkwatch api", timeout_s=timeout_s)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; open live streams end at once, other requests get a few seconds."""
    config = uvicorn.Config(app, host, port, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    _Server(config).run()


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        service: Service | None = getattr(self.config.app.state, "service", None)  # type: ignore[union-attr]
        if service:
            service.live.end_streams()
        super().handle_exit(sig, frame)


async def _guard_browsers(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await proceed(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
