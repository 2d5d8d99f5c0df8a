"""The words of a digest, in Chinese, for people of the enterprise. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from alerts.digest.facts import Facts, Gap
from alerts.digest.to_do import Task, ToDo
from schemas.marks import MarkKind
from schemas.reasons import Reason

_MOST = 3  # of a kind in the text; the JSON has more

ADVICE: dict[str, str] = {
    Reason.PAYLOAD_TOO_LARGE: "拆分报文后重发",
    Reason.MALFORMED_PAYLOAD: "用 parkwatch check payload 检查报文结构",
    Reason.BAD_FRAME: "检查 HJ 212 帧的包头、长度与回车换行",
    Reason.BAD_CRC: "检查 HJ 212 的 CRC 算法",
    Reason.MISSING_TIMESTAMP: "在测量时打时标后重发",
    Reason.BAD_TIMESTAMP: "改用毫秒数或带时区的时标",
    Reason.TOO_OLD: "及时发送,或申请放宽时限",
    Reason.IN_FUTURE: "为网关对时(NTP)",
    Reason.UNKNOWN_POINT: "核对点位代码,或请运维登记后重发",
    Reason.WRONG_ENTERPRISE: "核对主题与 MN",
    Reason.RETIRED_POINT: "点位已停用,请联系运维",
    Reason.NOT_A_NUMBER: "发送数字,未测量的不要发送",
    Reason.UNKNOWN_FLAG: "映射设备状态标记",
    Reason.OUT_OF_RANGE: "检查单位与传感器",
    Reason.REFUSED_BY_DATABASE: "请联系运维",
}
MARK_WORDS = {
    MarkKind.FAULT: "故障", MarkKind.CALIBRATION: "校准", MarkKind.MAINTENANCE: "维护", MarkKind.START_UP: "启动",
    MarkKind.SHUTDOWN: "停机", MarkKind.STANDSTILL: "停运",
}  # fmt: skip
_TASKS = {
    Task.DECLARE_MARKS: "{n} 个排口小时无效且未标记:核实并申报标记(逾时须经审核)",
    Task.DECLARE_LATE_MARKS: "{n} 个排口小时无效且未标记:已过申报时限,补报的标记须经审核",
    Task.SEND_MISSING: "{n} 个点位小时没有读数:由网关或数采仪补传,确属停运或故障的申报标记",
    Task.SEND_REJECTED: "{n} 条读数被拒收:按原因改正后重发",
    Task.SUPPORT_MARKS: "{n} 个标记待审核:备齐佐证材料",
    Task.EXPLAIN_STEPS: "{n} 处电能表跳变待核实:说明换表、清零或倍率变更",
    Task.ANSWER_ALERTS: "{n} 条未结束的报警无人确认:核实原因并反馈",
}
_RESTATED = {"pending": "待决定", "requested": "将执行", "applied": "已执行"}


def text_of(facts: Facts, tasks: Sequence[ToDo], *, quiet: bool) -> str:
    """One line where nothing was wrong; else a line for each thing that there is to tell."""
    head = f"【每日简报】{facts.name}({facts.enterprise}){facts.day}"
    if quiet:
        return f"{head}:一切正常,{_rates(facts)};无缺口、无拒收、无报警、无待办"
    return "\n".join([head, *_lines(facts), *_windows(facts), *_to_do(tasks, facts)])


def task_text(task: ToDo, now: dt.datetime) -> str:
    """A task in a line, with its time as a clock on the wall here shows it."""
    until = "尽快" if task.before is None else f"{_until(task.before.astimezone(now.tzinfo))}前"
    of = f"{task.month:%Y-%m} " if task.month else ""
    return f"{until}:{of}{_TASKS[task.task].format(n=task.count)}"


def _lines(facts: Facts) -> Iterator[str]:
    yield _rates(facts) if facts.of_month.hours.due else "尚未收到任何读数"
    if facts.unsettled_hours:
        yield f"尚有 {facts.unsettled_hours} 个点位小时待计算,以上数字可能变化"
    if facts.gaps.count:
        yield f"数据缺口 {facts.gaps.count} 段,涉及 {facts.gaps.points} 个点位,共 {_long(facts.gaps.seconds)}:" + _few(
            [_gap(gap, facts) for gap in facts.gaps.longest], facts.gaps.count
        )
    if facts.marks:
        waiting = sum(mark.state == "waiting" for mark in facts.marks)
        words = [f"{m.address} {MARK_WORDS[MarkKind(m.kind)]}" for m in facts.marks]
        yield f"标记:生效 {len(facts.marks) - waiting} 个,待审核 {waiting} 个:{_few(words, len(words))}"
    yield from _rejected(facts)
    yield from _alerts(facts)
    if facts.steps_waiting:
        yield f"电能表跳变待核实 {facts.steps_waiting} 处:{_few([s.point for s in facts.steps], facts.steps_waiting)}"
    if facts.restated:
        words = [f"{r.month:%Y-%m} {r.figures} 个数字{_RESTATED[r.state]}" for r in facts.restated]
        yield f"已关账月份重述:{_few(words, len(words))}"


def _rates(facts: Facts) -> str:
    day, month = facts.of_day, facts.of_month
    sent, sent_month = (s.transmission.transmission_effective_rate for s in (day, month))
    parts = []
    if sent_month is not None:
        parts.append(f"传输有效率 {_percent(sent)}(本月 {_percent(sent_month)})")
    hours = f"有效小时 {day.hours.valid}/{day.hours.due}"
    parts.append(f"{hours},{_percent(day.hours.valid_rate)}(本月 {_percent(month.hours.valid_rate)})")
    return ";".join(parts)


def _rejected(facts: Facts) -> Iterator[str]:
    rejected = {reason: n for reason, n in facts.of_day.rejected.items() if n}
    if rejected:
        most = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
        words = [f"{reason} {n} 条({ADVICE.get(reason, '请联系运维')})" for reason, n in most]
        yield f"拒收读数 {sum(rejected.values())} 条:{_few(words, len(words))}"


def _alerts(facts: Facts) -> Iterator[str]:
    opened, alerts = facts.of_day.alerts_opened, facts.alerts
    if opened or alerts.open:
        exceedances = facts.of_day.exceedances_opened
        over = f"(其中判定类 {exceedances} 条,待核实)" if exceedances else ""
        yield f"报警:新增 {opened} 条{over},未结束 {alerts.open} 条,其中未确认 {alerts.unacknowledged} 条"


def _windows(facts: Facts) -> Iterator[str]:
    """Until when what is wrong can be put right."""
    now = facts.made_at
    of_marks = [(f"{facts.day:%m-%d} 的标记", facts.marks_until)]
    of_months = [(f"{window.month:%Y-%m} 的数据", window.closes_at) for window in facts.windows]
    still = [f"{what} {_until(at.astimezone(now.tzinfo))}" for what, at in (*of_marks, *of_months) if now < at]
    if still:
        yield f"修正时限:{';'.join(still)}"


def _to_do(tasks: Sequence[ToDo], facts: Facts) -> Iterator[str]:
    if tasks:
        yield "待办:"
        yield from (f"{i}. {task_text(task, facts.made_at)}" for i, task in enumerate(tasks, 1))


def _gap(gap: Gap, facts: Facts) -> str:
    zone = facts.made_at.tzinfo
    since, until = gap.from_ts.astimezone(zone), gap.to_ts.astimezone(zone)
    ends = "24:00" if until.date() > facts.day else f"{until:%H:%M}"
    mark = ",已标记" if gap.marked else ""
    return f"{gap.point} {gap.name} {since:%H:%M}–{ends}{mark}"


def _few(words: Sequence[str], total: int) -> str:
    more = f"……等 {total} 项" if total > _MOST else ""
    return f"{';'.join(words[:_MOST])}{more}"


def _percent(share: float | None) -> str:
    """Rounded down, so that only what is complete reads as complete."""
    return "—" if share is None else f"{int(share * 1000 + 1e-9) / 10:.1f} %"


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} 分钟" if minutes < 60 else f"{minutes // 60} 小时 {minutes % 60} 分钟"


def _until(local: dt.datetime) -> str:
    """Midnight is the 24th hour of the day that ends."""
    if local.time() == dt.time():
        day = local.date() - dt.timedelta(days=1)
        return f"{day.month}月{day.day}日 24:00"
    return f"{local.month}月{local.day}日 {local:%H:%M}"
