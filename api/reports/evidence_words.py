"""The words of the evidence PDF, in Chinese and in English."""

from __future__ import annotations

from api.reports.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("超标线索材料", "Evidence of an exceedance"),
    "notice": ("自动监测数据,待核实,非处罚依据", "automatic monitoring data, to be verified"),
    "made": ("生成时间", "made"),
    "facts": ("判定", "Judgement"),
    "place": ("点位", "Point"),
    "item": ("监测项目", "quantity"),
    "rule": ("规则", "rule"),
    "statistic": ("统计量", "statistic"),
    "value": ("最大值", "peak"),
    "limit": ("限值", "limit"),
    "clause": ("依据", "clause"),
    "unverified": ("(限值未经核实)", "(limit not verified)"),
    "from_to": ("起止(本地时间)", "from - to (local time)"),
    "open": ("持续中", "still open"),
    "state": ("状态", "state"),
    "late": ("含迟到数据", "with late data"),
    "conversion": ("基准与单位", "basis and unit"),
    "chart": ("时段数据", "The period"),
    "reading": ("有效读数", "valid reading"),
    "flagged": ("带标记读数(不参与判定)", "flagged reading (not judged)"),
    "mean": ("小时均值", "hourly mean"),
    "hours": ("小时值", "Hours"),
    "hour": ("小时", "hour"),
    "n": ("读数", "readings"),
    "n_valid": ("有效", "valid"),
    "covered": ("有效分钟", "valid minutes"),
    "max": ("最大", "max"),
    "valid": ("有效小时", "valid hour"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "marks": ("标记", "Marks"),
    "no_marks": ("该时段没有人工或自动标记。", "No marks in the period."),
    "kind": ("种类", "kind"),
    "author": ("标记人", "author"),
    "reason": ("原因", "reason"),
    "corrections": ("更正过的读数", "Corrected readings"),
    "no_corrections": ("该时段没有被更正的读数。", "No reading of the period was corrected."),
    "ts": ("时刻", "time"),
    "old_value": ("原值", "old value"),
    "flag": ("标记", "flag"),
    "superseded": ("更正时间", "corrected at"),
    "notices": ("通知记录", "Who was told"),
    "no_notices": ("没有发出通知。", "Nobody was told."),
    "channel": ("渠道", "channel"),
    "put_out": ("发出", "put out"),
    "delivered": ("送达", "delivered"),
    "trail": ("处置记录", "What people did"),
    "no_trail": ("尚无处置记录。", "Nothing yet."),
    "who": ("操作人", "who"),
    "what": ("事项", "what"),
    "change": ("变更", "change"),
    "note": ("说明", "note"),
    "samples": ("读数", "Readings"),
    "flags": ("数据标记统计", "Flags"),
    "left_off": ("只列出前 {} 条读数。", "Only the first {} readings are listed."),
    "seal": ("封存与校验", "Seal"),
    "sealed": (
        "本材料于 {} 封存,规范化 JSON 的 SHA-256 为:",
        "Sealed at {}; the SHA-256 of its canonical JSON is:",
    ),
    "unsealed": (
        "本材料尚未封存(报警结束并静置后自动封存),当前内容的 SHA-256 为:",
        "Not sealed yet (it is, some minutes after the alert is over); the SHA-256 of what it says now is:",
    ),
    "verify": (
        "GET /api/v1/alerts/{}/evidence/verify 会用库中数据重新生成并指出任何变化。",
        "GET /api/v1/alerts/{}/evidence/verify assembles it anew and names every change.",
    ),
    "page": ("第 {} 页,共 {} 页", "page {} of {}"),
}
_CAUSES: dict[str, tuple[str, str]] = {
    "reading": ("瞬时值", "reading"),
    "mean_10m": ("10分钟均值", "10-minute mean"),
    "mean_1h": ("小时均值", "hourly mean"),
    "mean_1d": ("日均值", "daily mean"),
    "firing": ("报警中", "firing"),
    "recovering": ("恢复中", "recovering"),
    "resolved": ("已恢复", "resolved"),
    "withdrawn": ("已撤回", "withdrawn"),
    "acknowledged": ("确认", "acknowledged"),
    "assigned": ("指派", "assigned"),
    "comment": ("说明", "comment"),
    "closed": ("办结", "closed"),
    "reopened": ("重新办理", "reopened"),
    "process_upset": ("工艺异常", "process upset"),
    "treatment_fault": ("治理设施故障", "treatment fault"),
    "start_up_shutdown": ("开停车", "start-up or shutdown"),
    "instrument_fault": ("仪器故障", "instrument fault"),
    "calibration": ("校准", "calibration"),
    "fault": ("故障", "fault"),
    "maintenance": ("维护", "maintenance"),
    "start_up": ("启动", "start-up"),
    "shutdown": ("停运", "shutdown"),
    "standstill": ("停产", "standstill"),
    "external": ("外部原因", "external"),
    "other": ("其他", "other"),
    "std_dry": ("标态干基", "standard dry"),
    "ref_o2": ("折算基准氧", "reference oxygen"),
    "raw_dry": ("实测干基", "as measured, dry"),
    "raw_wet": ("实测湿基", "as measured, wet"),
}


def tell(key: str, language: Language) -> str:
    """The words of a heading or label."""
    return _WORDS[key][language == "en"]


def name_of(term: str | None, language: Language) -> str:
    """A stored term in words; the term itself where there are none."""
    return _CAUSES[term][language == "en"] if term in _CAUSES else (term or "-")
