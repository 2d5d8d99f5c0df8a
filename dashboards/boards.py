"""What the dashboards have in common: zone, refresh, variables and the alerts drawn over every chart."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from dashboards.panels import RED, TIMEZONE, AnyPanel
from dashboards.postgres import Query, datasource, query_text

REFRESH = "30s"


def board(uid: str, title: str, description: str, *, since: str) -> dashboard.Dashboard:
    """An empty dashboard that shows the time from ``since`` (such as ``now-24h``) to now."""
    made = dashboard.Dashboard(title).uid(uid).description(description).tags(["parkwatch"])
    made.timezone(TIMEZONE).refresh(REFRESH).time(since, "now").readonly()
    made.tooltip(models.DashboardCursorSync.CROSSHAIR)
    return made.annotation(exceedances())


def exceedances() -> dashboard.AnnotationQuery:
    """Exceedances as marks on the time axis."""
    marks = dashboard.AnnotationQuery().name("超标 / Exceedances").datasource(datasource()).enable(True)
    return marks.icon_color(RED).target(Query("variables/exceedance_marks", "table"))


def variable(name: str, label: str, *, multi: bool = False) -> dashboard.QueryVariable:
    """A drop-down filled by ``sql/variables/<name>.sql``; with ``multi``, several or all."""
    made = dashboard.QueryVariable(name).label(label).datasource(datasource()).query(query_text(f"variables/{name}"))
    made.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.DISABLED)
    made.allow_custom_value(False)
    if multi:
        made.multi(True).include_all(True)
        made.current(models.VariableOption(text=["All"], value=["$__all"], selected=True))
    return made


def with_panels(made: dashboard.Dashboard, panels: list[AnyPanel]) -> dashboard.Dashboard:
    """Panels in reading order, numbered from 1: alert links and annotation filters need fixed numbers."""
    for number, panel in enumerate(panels, start=1):
        made.with_panel(panel.id(number))
    return made
