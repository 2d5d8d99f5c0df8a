"""The words of a report in both languages, and how its numbers are written."""

from __future__ import annotations

from typing import Literal

from accounting.report import Report, Share

Language = Literal["zh", "en"]

_MISSING_ZH = (
    "缺测 {hours} 点位小时({points} 个点位);跨小时缺口 {gaps} 处;"
    "无法解释的跳变 {unexplained} 处,其电量不猜测、不计入;拒收读数 {rejected} 条。"
)
_MISSING_EN = (
    "{hours} point-hours missing at {points} points; {gaps} gaps across hours; "
    "{unexplained} unexplained steps, never guessed and not counted; {rejected} readings refused."
)
_WORDS: dict[str, tuple[str, str]] = {
    "title": ("能源与绿电月报", "Monthly energy and green-power report"),
    "city": ("全市", "City"),
    "made": ("生成于", "made"),
    "page": ("第 {} 页,共 {} 页", "page {} of {}"),
    "open": ("本月未结束,数据截至生成时刻", "the month is not over: figures up to when this was made"),
    "notice": ("按规则核算,未经核查", "computed by rule, not verified by a third party"),
    "policy": ("绿电占比", "Green-power share"),
    "physical": ("物理绿电占比", "Physical share"),
    "hourly": ("逐时匹配占比", "Hourly matched share"),
    "consumption": ("用电量", "Electricity used"),
    "green": ("绿电量", "Green power"),
    "coverage": ("数据覆盖率", "Data coverage"),
    "bounds": ("上下界", "bounds"),
    "rule": ("口径", "rule"),
    "target": ("目标", "target"),
    "ytd": ("年初至今", "year to date"),
    "headline": (
        "本月绿电占比 {share},上下界 {bounds},数据覆盖率 {coverage},口径 {rule}。",
        "The green-power share of the month is {share}, bounds {bounds}, data coverage {coverage}, rule {rule}.",
    ),
    "above": ("年初至今 {ytd},比 {year} 年目标 {goal} 高 {points} 个百分点。",
              " The year to date is at {ytd}, {points} points above the target of {goal} for {year}."),
    "below": ("年初至今 {ytd},距 {year} 年目标 {goal} 还差 {points} 个百分点。",
              " The year to date is at {ytd}, {points} points below the target of {goal} for {year}."),
    "since": ("较上月 {change:+.1f} 个百分点。", " It changed by {change:+.1f} points against the month before."),
    "factors_used": ("系数:", "Factors: "),
    "term": ("项目", "term"),
    "value": ("数值", "value"),
    "unit": ("单位", "unit"),
    "how": ("说明", "how"),
    "direct_line": ("直供线路 D", "direct line D"),
    "self_used": ("自发自用 S", "self-generated and self-used S"),
    "green_trade": ("绿电交易 T", "green power trades T"),
    "certificate": ("绿证 C", "certificates C"),
    "excess": ("封顶切除量", "cut by the cap"),
    "rest": ("其余用电", "other electricity"),
    "how_consumption": ("下网-上网+直供+自发-转供", "import - export + direct + on-site - delivered"),
    "how_direct_line": ("专线计量", "metered at the line"),
    "how_self_used": ("发电×(1-上网/全部自发)", "generation × (1 - export / all on-site)"),
    "how_green_trade": ("当月结算", "settled in the month"),
    "how_certificate": ("已注销,且不属于 D、S、T", "cancelled, and in none of D, S, T"),
    "how_excess": ("超出用电量部分,先减 C 后减 T", "beyond consumption; C is cut before T"),
    "how_policy": ("计入项目合计/用电量", "terms of the rule / electricity used"),
    "how_physical": ("(D+S)/用电量", "(D+S) / electricity used"),
    "how_hourly": ("Σ每小时 min(用电, 绿电)/用电量", "sum over hours of min(use, green) / use"),
    "how_coverage": ("完整点位小时/应有点位小时", "complete / due point-hours"),
    "how_bounds": ("缺测小时取 0 至装机容量时的占比范围", "share if missing hours are between 0 and capacity"),
    "section_terms": ("绿电构成", "What the share is made of"),
    "section_days": ("逐日用电与物理绿电", "Electricity and physical green power by day"),
    "section_months": ("逐月绿电占比", "Share by month"),
    "section_parts": ("企业明细", "Enterprises"),
    "section_energy": ("能源与用水", "Energy and water"),
    "section_invoices": ("电费账单核对", "Grid invoices"),
    "section_missing": ("缺失与存疑数据", "What is missing or in doubt"),
    "enterprise": ("企业", "enterprise"),
    "energy": ("能源", "energy"),
    "amount": ("实物量", "amount"),
    "calorific": ("当量值", "calorific"),
    "supply": ("等价值", "supply rate"),
    "factor": ("系数", "factor"),
    "total": ("合计(不含原料用能)", "total, without feedstock"),
    "feedstock": ("原料用能", "as feedstock"),
    "feedstock_mark": ("(原料)", " (feedstock)"),
    "not_in_totals": ("(不计入合计)", " (not in the total)"),
    "water": ("取水量", "water"),
    "production": ("产品产量", "production"),
    "water_per_t": ("吨产品取水", "water per tonne of product"),
    "coal_per_t": ("吨产品综合能耗(当量)", "energy per tonne of product (calorific)"),
    "value_added": ("工业增加值", "value added"),
    "water_per_value": ("万元增加值取水", "water per 10,000 CNY of value added"),
    "not_verified": (
        "* 系数未经核实,仅供参考。当量值与等价值是两种口径,不得相加。",
        "* factor not verified, for reference only. The two columns are two conventions and are never added.",
    ),
    "no_energy": ("本月没有能源计量数据。", "No energy was metered in this month."),
    "direction": ("方向", "direction"),
    "import": ("下网", "import"),
    "export": ("上网", "export"),
    "invoiced": ("账单电量", "invoiced"),
    "metered": ("计量电量", "metered"),
    "difference": ("差值", "difference"),
    "verdict": ("结论", "verdict"),
    "agrees": ("一致", "agrees"),
    "missing_hours": ("有缺测,待补", "hours are missing"),
    "differs": ("不一致,待核", "differs: to be checked"),
    "not_metered": ("无计量", "not metered"),
    "no_invoices": ("本月未上传电费账单。", "No grid invoice was uploaded for this month."),
    "summary_missing": (_MISSING_ZH, _MISSING_EN),
    "nothing_missing": ("本月数据完整,无存疑跳变,无拒收读数。", "Nothing is missing, in doubt or refused."),
    "point": ("点位", "point"),
    "name": ("名称", "name"),
    "due": ("应有小时", "hours due"),
    "missing": ("缺测小时", "hours missing"),
    "kind": ("类型", "kind"),
    "from": ("起", "from"),
    "to": ("止", "to"),
    "gap": ("缺口", "gap"),
    "unexplained": ("无法解释", "unexplained"),
    "reason": ("拒收原因", "reason of refusal"),
    "count": ("条数", "readings"),
    "and_more": ("另有 {} 项,见 XLSX 附表。", "{} more are in the XLSX file."),
    "day": ("日期", "day"),
    "month": ("月份", "month"),
    "days_note": (
        "逐日只含物理绿电(D+S):交易与绿证按月结算,不能分摊到日。",
        "Days hold physical green power (D+S) only: trades and certificates are settled by the month.",
    ),
    "sheet_summary": ("摘要", "Summary"),
    "sheet_days": ("逐日", "Days"),
    "sheet_months": ("逐月", "Months"),
    "sheet_parts": ("企业", "Enterprises"),
    "sheet_energy": ("能源", "Energy"),
    "sheet_invoices": ("账单", "Invoices"),
    "sheet_missing": ("缺失", "Missing"),
    "electricity bought, less delivered": ("外购电力(减去外送)", "electricity bought, less delivered"),
    "electricity from solar and wind on site": ("自发风光电力", "electricity from solar and wind on site"),
    "electricity from fuel and waste heat on site": ("热电与余热自发电力", "electricity of own fuel and waste heat"),
    "heat": ("热力", "heat"),
    "steam": ("蒸汽", "steam"),
    "natural gas": ("天然气", "natural gas"),
    "gas": ("燃气", "gas"),
    "coal": ("原煤", "coal"),
    "raw coal": ("原煤", "raw coal"),
    "coke": ("焦炭", "coke"),
    "hydrogen": ("氢气", "hydrogen"),
    "diesel": ("柴油", "diesel"),
    "coke-oven gas": ("焦炉煤气", "coke-oven gas"),
}  # fmt: skip


def say(key: str, language: Language) -> str:
    """A word or sentence; a key that has none stands for itself (fuels by their factor names)."""
    pair = _WORDS.get(key)
    return key if pair is None else pair[language == "en"]


def scope_title(report: Report, language: Language) -> str:
    """What the report is about: the name, and the code it has in the registry."""
    if report.scope == "city":
        return say("city", language)
    kind, _, code = report.scope.partition(":")
    if report.scope_name != code:
        return f"{report.scope_name} ({code})"
    return f"{code} ({ {'industry': '行业', 'park': '园区'}.get(kind, '企业') if language == 'zh' else kind })"


def month_title(report: Report, language: Language) -> str:
    return f"{report.month:%Y}年{report.month.month}月" if language == "zh" else f"{report.month:%B %Y}"


def percent(share: float | None, digits: int = 1) -> str:
    return "—" if share is None else f"{100 * share:.{digits}f} %"


def mwh(energy_kwh: float | None) -> str:
    return "—" if energy_kwh is None else f"{energy_kwh / 1000:,.1f}"


def number(value: float | None, digits: int = 1) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def bounds(share: Share) -> str:
    if share.share_low is None or share.share_high is None:
        return "—"
    return f"{100 * share.share_low:.1f} – {100 * share.share_high:.1f} %"


def term_rows(report: Report, language: Language) -> list[tuple[str, str, str, str]]:
    """Name, value, unit and how it is computed, of each term and share of the month."""
    share = report.share
    energies = [
        ("consumption", share.consumption_kwh),
        ("direct_line", share.direct_line_kwh),
        ("self_used", share.self_used_kwh),
        ("green_trade", share.green_trade_kwh),
        ("certificate", share.certificate_kwh),
        ("excess", share.excess_kwh),
    ]
    rows = [(say(key, language), mwh(v), "MWh", say(f"how_{key}", language)) for key, v in energies]
    shares = [
        ("policy", share.policy_share),
        ("physical", share.physical_share),
        ("hourly", share.hourly_matched_share),
        ("coverage", share.coverage),
    ]
    rows += [(say(key, language), _plain(v), "%", say(f"how_{key}", language)) for key, v in shares]
    limits = bounds(share).removesuffix(" %")
    rows.append((f"{say('policy', language)} {say('bounds', language)}", limits, "%", say("how_bounds", language)))
    return rows


def _plain(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.2f}"


def headline(report: Report, language: Language) -> str:
    """What the month says, in one or two sentences; a share never without bounds, coverage and rule."""
    share, year = report.share, report.year_to_date
    text = say("headline", language).format(
        share=percent(share.policy_share), bounds=bounds(share), coverage=percent(share.coverage), rule=share.rule
    )
    before = report.months[-2].policy_share if len(report.months) > 1 else None
    if share.policy_share is not None and before is not None:
        text += say("since", language).format(change=100 * (share.policy_share - before))
    if report.target and year and year.policy_share is not None:
        goal, due = report.target
        distance = 100 * (year.policy_share - goal)
        text += say("above" if distance >= 0 else "below", language).format(
            ytd=percent(year.policy_share), year=due, goal=f"{100 * goal:g} %", points=f"{abs(distance):.1f}"
        )
    return text


def missing_summary(report: Report, language: Language) -> str:
    missing = report.missing
    if missing.is_nothing:
        return say("nothing_missing", language)
    return say("summary_missing", language).format(
        hours=missing.missing_hours,
        points=len(missing.hours),
        gaps=missing.gaps,
        unexplained=missing.unexplained,
        rejected=missing.rejected_readings,
    )
