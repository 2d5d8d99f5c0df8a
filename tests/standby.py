"""A real streaming replica: a base backup of a running primary, a slot, and a second server that follows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from parkwatch.folders import private_folder, write_private
from parkwatch.postgres import Postgres, program
from storage.connect import open_connection
from storage.databases import with_database
from tests.conftest import TEST_SETTINGS

SLOT = "replica"


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary and the standby that follows it."""

    primary: Postgres
    standby: Postgres

    def urls(self, database: str) -> tuple[str, str]:
        """The URLs of a database on both."""
        return with_database(self.primary.url, database), with_database(self.standby.url, database)

    def on_standby(self, statement: str) -> None:
        """Run a statement on the standby, as an operator would."""
        with closing(open_connection(with_database(self.standby.url, "postgres"))) as connection:
            connection.execute(statement)


@contextmanager
def replicated(folder: Path) -> Iterator[Pair]:
    """Both servers, the standby caught up with an empty primary."""
    settings = TEST_SETTINGS | {"synchronous_commit": "on"}  # else a commit is seen before it can be replayed
    bindir = Path(os.environ["PARKWATCH_POSTGRES_BINDIR"]) if "PARKWATCH_POSTGRES_BINDIR" in os.environ else None
    with Postgres(folder / "primary", bindir=bindir, settings=settings) as primary:
        standby = Postgres(folder / "standby", bindir=bindir, settings=settings | {"hot_standby_feedback": "on"})
        _base_backup(primary, standby)
        with standby:
            yield Pair(primary, standby)


def _base_backup(primary: Postgres, standby: Postgres) -> None:
    parts = urlsplit(primary.url)
    private_folder(standby.folder)
    write_private(standby.folder / "password", parts.password or "")  # a standby has its primary's logins
    source = f"host={parts.hostname} port={parts.port} user={parts.username} password={parts.password}"
    words = ["--pgdata", str(standby.folder / "cluster"), "--dbname", source, "--checkpoint=fast", "--no-sync"]
    follow = ["--write-recovery-conf", "--create-slot", "--slot", SLOT]
    subprocess.run([str(program("pg_basebackup", primary.bindir)), *words, *follow], check=True, timeout=120)
