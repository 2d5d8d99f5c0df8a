"""The demo: the whole service with an invented chemical park that is live from the first minute."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from parkwatch.folders import private_folder, write_private
from parkwatch.processes import serve
from parkwatch.running import Running
from parkwatch.settings import Settings
from schemas.access import AccessRole
from simulators.park import Park, first_of_last_month
from simulators.registry import DEFAULT_SEED, demo_registry
from simulators.streams import LOCAL
from storage.connect import open_connection
from storage.registry import apply_registry
from storage.tokens import create_link

HOURS_BEFORE = 6  # holds a whole hour of a leak at any time of day, so that the watch has something to show

WELCOME = """
  ParkWatch is live.

  Open the wall in a browser on this machine; the link signs in once, within an hour:
      {link}

  Another link:        ./dev run token link
  A token for the API: ./dev run token create --role admin
  Stop everything:     Ctrl-C   (a second start goes on with the same data in {folder})

"""


def demo_park(data_dir: Path) -> Park:
    """The park of this data folder: its first day is kept, because meters count from it."""
    note = private_folder(data_dir) / "demo-park.json"
    if not note.exists():
        since = first_of_last_month(dt.datetime.now(LOCAL).date())
        write_private(note, json.dumps({"seed": DEFAULT_SEED, "since": since.isoformat()}))
    kept = json.loads(note.read_text(encoding="utf-8"))
    return Park(kept["seed"], dt.date.fromisoformat(kept["since"]))


def run_demo(settings: Settings, *, backfill: bool, days: int | None) -> None:
    """Serve the demo park until asked to stop. Raises as `serve`."""

    def prepare(database_url: str) -> None:
        park = demo_park(settings.data_dir)
        text = demo_registry(dt.datetime.now(LOCAL).date(), park.since, park.seed)
        with closing(open_connection(database_url)) as connection:
            apply_registry(connection, text, source="demo", timezone=settings.timezone)

    def welcome(running: Running) -> None:
        with closing(open_connection(running.database)) as connection:
            secret = create_link(connection, AccessRole.WALL, name="demo")
        sys.stderr.write(WELCOME.format(link=f"{running.http}/login?link={secret}", folder=settings.data_dir))
        sys.stderr.flush()

    serve(settings, prepare=prepare, extra_parts=_simulators(backfill, days), when_ready=welcome)


def _simulators(backfill: bool, days: int | None) -> Sequence[Sequence[str]]:
    if not backfill:
        return [["simulate", "live", "--hours", str(HOURS_BEFORE)]]
    some_days = ["--days", str(days)] if days else []
    return [["simulate", "live"], ["simulate", "backfill", *some_days]]
