"""The kinds of panel that the dashboards are made of, with the settings that were found to be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, gauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from dashboards.postgres import Query, datasource

TIMEZONE = "Asia/Shanghai"  # days, months and reports are local; storage is UTC
TARGET_SHARE = 0.35  # green-power share of the chemical industry asked for 2027
SHARE, KWH, SECONDS, KILOGRAM = "percentunit", "kwatth", "s", "masskg"

GREEN, AMBER, RED, BLUE, GREY = "#37872D", "#E0B400", "#C4162A", "#1F60C4", "#808080"

AnyPanel = timeseries.Panel | stat.Panel | gauge.Panel | bargauge.Panel | table.Panel | statetimeline.Panel
Panel = TypeVar("Panel", timeseries.Panel, stat.Panel, gauge.Panel, bargauge.Panel, table.Panel, statetimeline.Panel)


@dataclass(frozen=True, slots=True)
class Place:
    """A panel's size on Grafana's grid of 24 columns; rows are 30 pixels."""

    width: int
    height: int = 8


def placed(panel: Panel, title: str, description: str, place: Place) -> Panel:
    """Title, explanation, data source and size of any panel."""
    return (
        panel.title(title)
        .description(description)
        .datasource(datasource())
        .span(place.width)
        .height(place.height)
        .no_value("无数据")
    )


def steps(*pairs: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Absolute thresholds: colours from a value upwards, the first from minus infinity."""
    config = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE)
    return config.steps([models.Threshold(value, color) for value, color in pairs])


def share_steps() -> dashboard.ThresholdsConfig:
    return steps((None, AMBER), (TARGET_SHARE, GREEN))


def lines(title: str, description: str, query: str, place: Place, unit: str, *, interval: str) -> timeseries.Panel:
    """Lines with visible gaps: a missing hour is missing, never bridged."""
    panel = placed(timeseries.Panel(), title, description, place).unit(unit).interval(interval)
    return panel.span_nulls(False).show_points(shapes.VisibilityMode.AUTO).with_target(Query(query, "time_series"))


def stacked_bars(title: str, description: str, query: str, place: Place, unit: str) -> timeseries.Panel:
    """One bar a local day, parts on top of each other."""
    panel = lines(title, description, query, place, unit, interval="1d")
    stacking = common.StackingConfig().mode(shapes.StackingMode.NORMAL)
    return panel.draw_style(shapes.GraphDrawStyle.BARS).fill_opacity(80).stacking(stacking)


def figures(title: str, description: str, query: str, place: Place, unit: str) -> stat.Panel:
    """Each column of the one row that the query returns as a figure under its name."""
    panel = placed(stat.Panel(), title, description, place).unit(unit)
    panel.text_mode(shapes.BigValueTextMode.VALUE_AND_NAME).graph_mode(shapes.BigValueGraphMode.NONE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    return panel.with_target(Query(query, "table"))


def dial(title: str, description: str, query: str, place: Place) -> gauge.Panel:
    """A share on a dial whose colour changes at the target."""
    panel = placed(gauge.Panel(), title, description, place).unit(SHARE).min(0).max(1)
    return panel.thresholds(share_steps()).with_target(Query(query, "table"))


def bars(title: str, description: str, query: str, place: Place) -> bargauge.Panel:
    """A share for each series, longest possible bar 1."""
    panel = placed(bargauge.Panel(), title, description, place).unit(SHARE).min(0).max(1)
    panel.orientation(shapes.VizOrientation.HORIZONTAL).thresholds(share_steps())
    return panel.with_target(Query(query, "time_series"))


def rows(title: str, description: str, query: str, place: Place) -> table.Panel:
    """A table as the query returns it."""
    return placed(table.Panel(), title, description, place).with_target(Query(query, "table"))


def states(
    title: str, description: str, query: str, place: Place, words: dict[int, tuple[str, str]]
) -> statetimeline.Panel:
    """A numeric state code over time; ``words`` gives each code's text and colour."""
    results = {
        str(code): models.ValueMappingResult(text=text, color=color, index=index)
        for index, (code, (text, color)) in enumerate(words.items())
    }
    panel = placed(statetimeline.Panel(), title, description, place).interval("1h")
    panel.mappings([models.ValueMap(options=results)]).show_value(shapes.VisibilityMode.NEVER)
    return panel.with_target(Query(query, "time_series"))


def with_unit(panel: table.Panel, units: dict[str, str]) -> table.Panel:
    """Units of single columns."""
    for column, unit in units.items():
        panel.override_by_name(column, [models.DynamicConfigValue("unit", unit)])
    return panel
