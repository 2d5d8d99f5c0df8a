"""How a verdict may be put in public: automatic judgements are cautious, unverified limits judge nobody."""

from __future__ import annotations

_MEANS = {
    "mean_10m": ("10分钟均值", "10-minute mean"),
    "mean_1h": ("小时均值", "hourly mean"),
    "mean_1d": ("日均值", "daily mean"),
    "reading": ("瞬时值", "reading"),
}
_OTHERS = {
    "rate": ("变化过快,预警(待核实)", "changing fast: warning, to be verified"),
    "flat": ("数值长时间不变,请检查设备", "value does not change: check the instrument"),
    "missing": ("数据中断,请检查通信", "data have stopped: check the connection"),
    "budget": ("累计量超过预算(按规则核算,未经核查)", "over its budget to date: accounted by a rule, not verified"),
}

_SHARE_UNDER = (
    "累计绿电占比低于目标(按规则核算,未经核查)",
    "green-power share to date below its target: accounted by a rule, not verified",
)
_SHARE_OVER = (
    "累计绿电占比高于限值(按规则核算,未经核查)",
    "green-power share to date above its limit: accounted by a rule, not verified",
)


def words_of(kind: str, statistic: str, *, verified: bool, under: bool = False) -> tuple[str, str]:
    """The words of an alert, in Chinese and in English; ``under`` where the limit is a lower one."""
    if statistic in _OTHERS:
        return _OTHERS[statistic]
    if statistic == "share":
        return _SHARE_UNDER if under else _SHARE_OVER
    than, level, side, english_level = ("低于", "偏低", "below", "low") if under else ("高于", "偏高", "above", "high")
    if not verified:
        return f"{than}参考值(非判定依据)", f"{side} a reference value: no basis for a judgement"
    chinese, english = _MEANS.get(statistic, (statistic, statistic))
    lead = f"automatic monitoring: {english}"
    if kind == "exceedance":
        return f"自动监测{chinese}{than}限值(待核实)", f"{lead} {side} the limit, to be verified"
    return f"自动监测{chinese}{level}预警(待核实)", f"{lead} {english_level}, a warning to be verified"
