"""report: the monthly energy and green-power report as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime as dt


@click.command()
@click.option("--scope", default="city", show_default=True, help="city, park:P, industry:I or enterprise:E.")
@click.option("--month", type=click.DateTime(["%Y-%m"]), required=True, help="As 2026-10.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A .pdf or .xlsx file.")
def report(scope: str, month: dt.datetime, language: str, out: Path) -> None:
    """Write the energy and green-power report of a month."""
    import datetime as dt
    from typing import cast

    from accounting.periods import zone_of
    from api.reports.draw import MEDIA, draw
    from api.reports.load import load_report
    from api.reports.words import Language
    from schemas.access import AccessRole, Caller
    from schemas.errors import InvalidInput
    from storage.access import SEES_ALL, acting_as

    media = {ending: name for name, ending in MEDIA.items()}.get(out.suffix.lower().removeprefix("."))
    if media is None:
        raise InvalidInput(f"{out.name} ends neither in .pdf nor in .xlsx", field="--out")
    operator = Caller(0, AccessRole.ADMIN, None, SEES_ALL)
    with database() as (settings, connection), acting_as(connection, operator) as rows:
        zone = zone_of(settings.timezone)
        found = load_report(rows, scope, month.date(), dt.datetime.now(dt.UTC), zone)
    out.write_bytes(draw(found, media, cast("Language", language)))
    print_line({"report": str(out), "scope": scope, "month": f"{month:%Y-%m}", "rule": found.share.rule})
