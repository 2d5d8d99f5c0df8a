"""check payload, check factors, check balance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime

    from ingest.messages import Message
    from parkwatch.sent_balance import Comparison
    from schemas.readings import Refusal
    from storage.connect import Connection

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def check() -> None:
    """Examine something before it is used."""


@check.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--language", type=click.Choice(["telemetry", "hj212", "sparkplug"]), default="telemetry", show_default=True
)
@click.option("--enterprise", help="Also look its points up in the registry of the running service.")
@click.option("--topic", help="The topic it is sent to, where that matters: spBv1.0/ENT01/DBIRTH/EDGE/DEVICE.")
def payload(file: BinaryIO, language: str, enterprise: str | None, topic: str | None) -> None:
    """Say what ingest would make of the payload in FILE (- is standard input). Nothing is stored.

    Exits with 1 if anything in it would be refused. A Sparkplug payload without --topic is taken to be a DBIRTH, for
    what an alias stands for is known from births only.
    """
    from ingest.messages import message_of

    owner = enterprise or "check"
    implied = f"spBv1.0/{owner}/DBIRTH/edge/device" if language == "sparkplug" else f"pw/v1/{owner}/check/{language}"
    message = message_of(topic or implied, file.read())
    faults: dict[str, str] = {}
    if enterprise:
        accepted, refusals = _as_ingest_would(message)
    else:
        accepted, refusals, faults = _as_decoded(message)
    for place, fault in faults.items():
        click.echo(f"{place}: {fault}", err=True)
    if faults:
        click.echo("with --enterprise CODE each of these gets its reason", err=True)
    for refusal in refusals:
        place = " ".join(part for part in (refusal.point, refusal.ts) if part)
        click.echo(f"{place or 'payload'}: {refusal.reason.value}: {refusal.detail}", err=True)
    listed = [{"point": r.point, "ts": r.ts, "reason": r.reason.value, "detail": r.detail} for r in refusals]
    sound = not listed and not faults
    print_line({"ok": sound, "accepted": accepted, "rejected": listed})
    if not sound:
        raise click.exceptions.Exit(1)


def _as_decoded(message: Message) -> tuple[int, list[Refusal], dict[str, str]]:
    """Without a registry: how many readings, what is refused, and faults whose reason depends on the point."""
    from ingest.directory import Directory
    from ingest.languages import read_alone

    columns = [entry.columns for entry in read_alone(message, Directory([], 0), 0)]
    faults = {c.points[row]: fault for c in columns for row, fault in c.faults.items()}
    return sum(len(c.points) - len(c.faults) for c in columns), [r for c in columns for r in c.refusals], faults


def _as_ingest_would(message: Message) -> tuple[int, list[Refusal]]:
    import datetime as dt

    from ingest.assemble import assemble
    from ingest.directory import read_directory
    from storage.gateways import examine_enterprise

    with database() as (_, connection):
        examine_enterprise(connection, message.enterprise)
        batch = assemble([message], read_directory(connection, None), dt.datetime.now(dt.UTC))
    return len(batch.block), batch.deliveries[0].refusals


@check.command()
def factors() -> None:
    """List the shipped emission factors and how many of them have no verified source."""
    from accounting.factors import shipped_factors

    found = shipped_factors()
    for factor in found:
        mark = "verified  " if factor.verified else "UNVERIFIED"
        click.echo(f"{mark} {factor.id}: {factor.value} {factor.unit} ({factor.standard})", err=True)
    print_line({"factors": len(found), "unverified": [factor.id for factor in found if not factor.verified]})


@check.command()
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Also hold the demo park's shares of this month.")
@click.option("--rule", default="wuhai-plan@1", show_default=True, help="The green-power rule to compare.")
@click.option("--truth", "file", type=_FILE, help="Also hold all readings against what `simulate faulty` wrote here.")
def balance(month: datetime.datetime | None, rule: str, file: Path | None) -> None:
    """Compare ledger and readings, and what was sent or a month's shares with the simulator's own truth.

    Prints the differences, the first ones in words; exits with 1 if there are any.
    """
    import dataclasses

    from parkwatch.balance import ledger_differences, share_differences, truth_of_what_arrived
    from parkwatch.demo_park import demo_park

    with database() as (settings, connection):
        found = ledger_differences(connection)
        if month:
            truth = truth_of_what_arrived(connection, demo_park(settings.data_dir))
            found += share_differences(connection, truth, month.date(), rule)
        sent = _compare_with_sent(connection, file) if file else None
    found += sent.differences if sent else []
    for difference in found[:10]:
        place = " ".join(part for part in (difference.place, difference.instant) if part)
        click.echo(f"{place}: {difference.what}: {difference.found}, not {difference.expected}", err=True)
    compared = {"readings": sent.readings, "messages": sent.messages} if sent else {}
    print_line(compared | {"differences": [dataclasses.asdict(difference) for difference in found]})
    if found:
        raise click.exceptions.Exit(1)


def _compare_with_sent(connection: Connection, file: Path) -> Comparison:
    from contextlib import closing

    from parkwatch.sent_balance import compare_sent
    from simulators.sent import Truth

    with closing(Truth(file)) as truth:
        return compare_sent(connection, truth)


@check.command()
@click.option("--truth", "file", type=_FILE, required=True, help="What `simulate faulty` wrote here.")
def alerts(file: Path) -> None:
    """Compare the alerts with those that the demo park's rules ask for over what was sent.

    The truth is computed by code of the simulator's own. Alerts of missing data follow the clock and are left out.
    Prints the differences, the first ones in words; exits with 1 if there are any.
    """
    import dataclasses
    from contextlib import closing

    from parkwatch.alert_balance import compare_alerts
    from simulators.sent import Truth

    with database() as (_, connection), closing(Truth(file)) as truth:
        found = compare_alerts(connection, truth)
    for difference in found.differences[:10]:
        place = f"{difference.place} {difference.instant}"
        click.echo(f"{place}: {difference.what}: {difference.found}, not {difference.expected}", err=True)
    print_line(dataclasses.asdict(found))
    if found.differences:
        raise click.exceptions.Exit(1)


@check.command()
@click.option("--alert", "alert_id", type=click.IntRange(1), help="Only this alert.")
def evidence(alert_id: int | None) -> None:
    """Assemble sealed evidence anew and say what is no longer what it was.

    Prints the first changes of each alert in words; exits with 1 if there are any.
    """
    from alerts.seal import verify
    from storage.evidence import list_sealed_alerts

    changed, checked, after = [], 0, 0
    with database() as (_, connection):
        while ids := [alert_id] if alert_id else list_sealed_alerts(connection, after, 500):
            for sealed in ids:
                found = verify(connection, sealed)
                checked += 1
                if not found.unchanged:
                    changed.append(sealed)
                    fault = "" if found.intact else " the sealed text itself was changed;"
                    places = ", ".join(change.path for change in found.changes[:5])
                    click.echo(f"alert {sealed}:{fault} differs in {places or 'nothing else'}", err=True)
            after = ids[-1]
            if alert_id:
                break
    print_line({"checked": checked, "changed": changed})
    if changed:
        raise click.exceptions.Exit(1)
