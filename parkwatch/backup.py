"""Backup and restore: a dump of one instant beside what it must hold, and a database that is swapped in whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from parkwatch.balance import ledger_differences
from parkwatch.folders import private_folder, write_private
from parkwatch.postgres import program
from schemas.errors import Conflict, InvalidInput, Unavailable
from storage.access import ensure_shared_roles
from storage.archives import Contents, contents, frozen, settle, swap_in
from storage.connect import Connection, open_connection
from storage.databases import create_database, drop_database, with_database
from storage.engine import after_restore, before_restore, engine_of, examine_dumpable, offered_engine, prepare
from storage.job_runs import record_run
from storage.migrate import migrate, unknown_migrations

MANIFEST = "manifest.json"
DUMP = "database"
JOBS = "2"  # tables at a time; more gain nothing where the disk is the limit


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: RFC 3339, UTC.
        engine: that the database was laid out for.
        contents: of the instant that was dumped.
        sha256: of every file of the dump.
    """

    made_at: str
    engine: str
    contents: Contents
    sha256: dict[str, str]


def back_up(url: str, folder: Path, bindir: Path | None = None) -> Manifest:
    """Dump the database into a new folder while it goes on working; whole or not at all.

    Raises:
        Conflict: the folder exists.
        Unavailable: ``pg_dump`` is missing or fails; the text has its words.
    """
    with closing(open_connection(url)) as connection:
        examine_dumpable(connection)
    if folder.exists():
        raise Conflict(f"{folder} exists: a backup is never written over another; name a new folder")
    new = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(new, ignore_errors=True)
    private_folder(new)
    with closing(open_connection(url)) as connection, frozen(connection) as snapshot:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        engine, held = engine_of(connection).value, contents(connection)
        dump = ["--format=directory", f"--jobs={JOBS}", f"--snapshot={snapshot}", "--no-owner", f"--file={new / DUMP}"]
        _run(program("pg_dump", bindir), dump, url)
    manifest = Manifest(now, engine, held, _digests(new / DUMP))
    write_private(new / MANIFEST, json.dumps(asdict(manifest), indent=1))
    new.replace(folder)
    return manifest


def note_backup(url: str, manifest: Manifest) -> None:
    """Tell the database that it was backed up, for `parkwatch doctor`."""
    begun, now = dt.datetime.fromisoformat(manifest.made_at), dt.datetime.now(dt.UTC)
    with closing(open_connection(url)) as connection:
        record_run(connection, "backup", begun, now, done=True, detail=f"{manifest.contents.rows['readings']} readings")


def restore(url: str, folder: Path, *, replace: bool = False, bindir: Path | None = None) -> dict[str, Any]:
    """Restore a backup beside the database of ``url``, examine it, and only then swap it in.

    The database that was there is kept under another name. Dying half way leaves it as it was.

    Returns:
        ``rows`` of readings, the ``migrations`` that were applied, and the database ``kept``, if any.

    Raises:
        InvalidInput: the folder is not a backup, was damaged, or is of a newer ParkWatch.
        Conflict: the database has something in it and ``replace`` is not set, or somebody uses it.
        Unavailable: what was restored is not what was dumped.
    """
    manifest = read_manifest(folder)
    _examine_files(folder, manifest)
    name = unquote(urlsplit(url).path.lstrip("/"))
    server = with_database(url, "postgres")
    held = _rows_now(url, server, name)
    if held and not replace:
        raise Conflict(f"the database {name} holds {held} readings: add --replace to set it aside and take its place")
    working, aside = f"{name}_restoring", f"{name}_before_{dt.datetime.now(dt.UTC):%Y%m%d_%H%M%S}"
    drop_database(server, working)
    create_database(server, working)
    applied = _fill(with_database(url, working), folder, manifest, bindir)
    stepped_aside = swap_in(server, working, name, aside)
    if stepped_aside and held is None:
        drop_database(server, aside)
    kept = aside if stepped_aside and held is not None else None
    return {"readings": manifest.contents.rows["readings"], "migrations": applied, "kept": kept}


def read_manifest(folder: Path) -> Manifest:
    """What a backup says that it holds.

    Raises:
        InvalidInput: it is no backup, or of a ParkWatch that knows more.
    """
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(said["made_at"], said["engine"], Contents(**said["contents"]), said["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"is not a backup: {error!r}", source=str(folder / MANIFEST)) from error
    newer = unknown_migrations(manifest.contents.migrations)
    if newer:
        raise InvalidInput(f"was made by a newer ParkWatch ({', '.join(newer)}): install that one", source=str(folder))
    return manifest


def _examine_files(folder: Path, manifest: Manifest) -> None:
    found = _digests(folder / DUMP)
    for file in sorted(manifest.sha256.keys() | found.keys()):
        if found.get(file) != manifest.sha256.get(file):
            what = "is missing" if file not in found else "was changed since the backup was made"
            raise InvalidInput(f"{what}: take another backup; nothing was restored", source=str(folder / DUMP / file))


def _fill(url: str, folder: Path, manifest: Manifest, bindir: Path | None) -> list[str]:
    """Load the dump into an empty database and examine it; the migrations applied after that."""
    with closing(open_connection(url)) as connection:
        _examine_engine(connection, manifest)
        ensure_shared_roles(connection)
        before_restore(connection)
        options = [f"--jobs={JOBS}", "--no-owner", "--exit-on-error", f"--dbname={_without_password(url)}"]
        _run(program("pg_restore", bindir), [*options, str(folder / DUMP)], url, positional=False)
        after_restore(connection)
    with closing(open_connection(url)) as connection:
        _compare(manifest.contents, contents(connection))
        settle(connection)
        applied = migrate(connection)
        wrong = ledger_differences(connection)
        if wrong:
            raise Unavailable(f"the restored books do not balance: {wrong[0]}; the database in use was not touched")
    return applied


def _examine_engine(connection: Connection, manifest: Manifest) -> None:
    offered = offered_engine(connection).value
    if manifest.engine != offered:
        raise InvalidInput(
            f"was made on {manifest.engine} and this server offers {offered}: restore on a server of the same kind, or "
            "move the readings with `parkwatch export` and `parkwatch import`",
            source=MANIFEST,
        )
    prepare(connection, offered_engine(connection))


def _compare(expected: Contents, found: Contents) -> None:
    for table in sorted(expected.rows.keys() | found.rows.keys()):
        if expected.rows.get(table) != found.rows.get(table):
            raise Unavailable(
                f"table {table} has {found.rows.get(table)} rows after restoring and had {expected.rows.get(table)}; "
                "the database in use was not touched"
            )


def _rows_now(url: str, server: str, name: str) -> int | None:
    """Readings in the database that is to step aside; None where there is no database, or nothing in it."""
    with closing(open_connection(server)) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            return None
    with closing(open_connection(url)) as connection:
        return contents(connection).rows.get("readings")


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: _digest(file) for file in sorted(folder.iterdir())} if folder.is_dir() else {}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _run(command: Path, options: list[str], url: str, *, positional: bool = True) -> None:
    """Run a client program; the password goes by the environment, where other users cannot read it."""
    target = [_without_password(url)] if positional else []
    words = [str(command), *options, *target]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=_environment(url))
    if done.returncode != 0:
        raise Unavailable(f"{command.name} failed: {done.stderr.strip()}")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return parts._replace(netloc=f"{user}@{host}" if user else host).geturl()


def _environment(url: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = urlsplit(url).password
    return kept | {"PGPASSWORD": unquote(password)} if password else kept
