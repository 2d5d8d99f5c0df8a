"""The SQL query of Grafana's PostgreSQL data source, which the foundation SDK does not have (its issue 447)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from grafana_foundation_sdk.cog import builder, runtime, variants
from grafana_foundation_sdk.models.common import DataSourceRef

FOLDER = Path(__file__).parent / "sql"
PLUGIN = "grafana-postgresql-datasource"
PLUGIN_BEFORE_11 = "postgres"
DATASOURCE_UID = "parkwatch"

Format = Literal["time_series", "table"]


def datasource() -> DataSourceRef:
    """The provisioned data source, by its fixed uid."""
    return DataSourceRef(type_val=PLUGIN, uid=DATASOURCE_UID)


@cache
def query_text(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip()


class PostgresQuery(variants.Dataquery):
    """One target of a panel: its SQL, and whether its rows are series or a table."""

    def __init__(self, ref_id: str, sql: str, shape: Format) -> None:
        self.ref_id, self.sql, self.shape = ref_id, sql, shape

    def to_json(self) -> dict[str, object]:
        """The keys that the data source's editor writes."""
        return {
            "refId": self.ref_id,
            "datasource": {"type": PLUGIN, "uid": DATASOURCE_UID},
            "format": self.shape,
            "editorMode": "code",
            "rawQuery": True,
            "rawSql": self.sql,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of ``to_json``."""
        return cls(data["refId"], data["rawSql"], data["format"])


class Query(builder.Builder[variants.Dataquery]):
    """A target from a query file."""

    def __init__(self, name: str, shape: Format, ref_id: str = "A") -> None:
        self._query = PostgresQuery(ref_id, query_text(name), shape)

    def build(self) -> variants.Dataquery:
        return self._query


def register() -> None:
    """Teach the SDK's reader our query, under both ids of the plugin."""
    for identifier in (PLUGIN, PLUGIN_BEFORE_11):
        runtime.register_dataquery_variant(runtime.DataqueryConfig(identifier, PostgresQuery.from_json))
