"""demo: serve with the demo park and its simulator."""

from __future__ import annotations

import click

from parkwatch.settings import read_settings


@click.command()
@click.option("--backfill", is_flag=True, help="Also send the history since the first of last month, over MQTT.")
@click.option("--days", type=click.IntRange(1), help="With --backfill: only so many days.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the API and the wall; default 8060, or a free one.")
def demo(backfill: bool, days: int | None, port: int | None) -> None:
    """Watch a chemical park live: everything that serve runs, a demo registry and its simulator.

    Prints one line of JSON with the URLs when all is ready, and a link for the browser; Ctrl-C stops all of it.
    """
    import dataclasses

    from parkwatch.demo_park import run_demo

    settings = read_settings()
    run_demo(
        dataclasses.replace(settings, http_port=port) if port else settings,
        backfill=backfill or days is not None,
        days=days,
    )
