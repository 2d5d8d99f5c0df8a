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
    "share": ("绿电占比低于目标(趋势推算)", "green share below its target: a projection"),
    "budget": ("用量超过进度(趋势推算)", "consumption ahead of its budget: a projection"),
}


def words_of(kind: str, statistic: str, *, verified: bool, under: bool = False) -> tuple[str, str]:
    """The words of an alert, in Chinese and in English; ``under`` where the limit is a lower one."""
    if statistic in _OTHERS:
        return _OTHERS[statistic]
    than, level, side, english_level = ("低于", "偏低", "below", "low") if under else ("高于", "偏高", "above", "high")
    if not verified:
        return f"{than}参考值(非判定依据)", f"{side} a reference value: no basis for a judgement"
    chinese, english = _MEANS.get(statistic, (statistic, statistic))
    lead = f"automatic monitoring: {english}"
    if kind == "exceedance":
        return f"自动监测{chinese}{than}限值(待核实)", f"{lead} {side} the limit, to be verified"
    return f"自动监测{chinese}{level}预警(待核实)", f"{lead} {english_level}, a warning to be verified"
