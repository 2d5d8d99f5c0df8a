"""What tracing says in words, in two languages: never more than the wind tells."""

from __future__ import annotations

from accounting.air.tracing import Answer, Candidate, Emission

WORDS = {
    Answer.TRACED: ("上风向可能方位,非责任认定", "possible upwind directions; not a finding of responsibility"),
    Answer.CALM: ("静风,无法判断来向", "calm: the wind cannot tell where the air came from"),
    Answer.VARIABLE: ("风向多变,无法判断来向", "variable wind: it cannot tell where the air came from"),
    Answer.NO_WIND: ("该时段风数据不足,无法判断来向", "too little wind data to tell where the air came from"),
    Answer.NO_LOCATION: ("厂界点位未登记经纬度,无法判断来向", "the fence point has no location in the registry"),
}

NOBODY = ("扇区内无已登记排口", "no registered outlet lies in the sector")

LIMITS = (
    (
        "按气象站风向推算直线来向,不计建筑绕流、地形与山谷风。",
        "Straight lines by the wind of one mast: no buildings, terrain or valley wind.",
    ),
    (
        "只含已登记排口;无组织排放与园区外来源不在其中。",
        "Registered outlets only: neither fugitive emissions nor sources outside the park.",
    ),
    (
        "得分用于安排排查先后,不是概率,也不是贡献份额。",
        "The score orders where to look first; it is neither a probability nor a share.",
    ),
    (
        "排放强弱按排口浓度与其近七日中位数之比,不计流量。",
        "Emission is the outlet's concentration against its median of seven days, without its flow.",
    ),
)

_EMISSION = {
    Emission.ABOVE: ("当时排放高于平时({:.2f} 倍)", "emitted above its usual then ({:.2f} times)"),
    Emission.USUAL: ("当时排放与平时相当({:.2f} 倍)", "emitted as usual then ({:.2f} times)"),
    Emission.BELOW: ("当时排放低于平时({:.2f} 倍)", "emitted below its usual then ({:.2f} times)"),
    Emission.UNKNOWN: ("当时或平时无有效小时均值,按中等计", "no valid hours then or before: reckoned as usual"),
    Emission.NOT_MEASURED: ("该排口不监测此污染物,按中等计", "does not measure this pollutant: reckoned as usual"),
}


def words_of(answer: Answer, *, nobody: bool) -> tuple[str, str]:
    """The answer in Chinese and English; ``nobody``: whoever may see all outlets sees none upwind."""
    zh, en = WORDS[answer]
    return (f"{zh};{NOBODY[0]}", f"{en}; {NOBODY[1]}") if nobody else (zh, en)


def reasons_of(candidate: Candidate) -> tuple[list[str], list[str]]:
    """Why an outlet stands where it stands, in Chinese and English."""
    side = ("位于上风向扇区内", "inside the upwind sector") if candidate.upwind else ("不在上风向扇区", "not upwind")
    emission = [text.format(candidate.ratio) for text in _EMISSION[candidate.emission]]
    minutes = candidate.travel_s / 60
    zh = [
        f"{side[0]},与来风方向相差 {candidate.offset_deg:.0f}°",
        f"距离 {candidate.distance_m:.0f} m,约 {minutes:.0f} 分钟前离开",
        emission[0],
    ]
    en = [
        f"{side[1]}, {candidate.offset_deg:.0f} degrees off the wind",
        f"{candidate.distance_m:.0f} m away, the air left about {minutes:.0f} minutes before",
        emission[1],
    ]
    return zh, en
