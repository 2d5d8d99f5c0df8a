"""The twelve invented enterprises: what each one has, and how it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

PARKS = {"HBW": "海勃湾工业园区", "WD": "乌达工业园区", "HN": "海南工业园区"}


@dataclass(frozen=True, slots=True)
class Plant:
    """An enterprise. Powers in kW; ``direct_*`` come over a dedicated line, the rest stands on the site.

    Attributes:
        tariff: how far the load leans away from the expensive hours (share of the base load).
        batch: amplitude and period (minutes) of batch operation.
        vocs: the two compounds measured beside NMHC: (factor code, name, ratio to NMHC).
        exports: the site can feed surplus into the grid.
        multiplier: CT x PT of the incoming meter(s).
        width: where the register of the incoming meter(s) wraps: 1e4 for six digits (XXXX.XX), 1e6 for eight.
        trade_mwh, certificate_mwh: green power bought and certificates cancelled in a month.
    """

    code: str
    name: str
    park: str
    industry: str
    location: tuple[float, float]
    base_kw: float
    tariff: float
    batch: tuple[float, int]
    vocs: tuple[tuple[str, str, float], tuple[str, str, float]]
    multiplier: float
    width: float = 1e6
    incomers: int = 1
    direct_wind_kw: float = 0.0
    direct_solar_kw: float = 0.0
    roof_kw: float = 0.0
    field_kw: float = 0.0
    wind_kw: float = 0.0
    waste_heat_kw: float = 0.0
    exports: bool = False
    weather: bool = False
    tonnes_per_mwh: float = 0.4
    product: str = "产品"
    trade_mwh: float = 0.0
    certificate_mwh: float = 0.0
    submeters: tuple[tuple[str, float], ...] = field(default=())

    @property
    def has_direct_line(self) -> bool:
        return self.direct_wind_kw + self.direct_solar_kw > 0

    @property
    def on_site_kw(self) -> float:
        return self.roof_kw + self.field_kw + self.wind_kw + self.waste_heat_kw


_VINYL_CHLORIDE = ("a24046", "氯乙烯", 0.11)
_DICHLOROETHANE = ("a24017", "1,2-二氯乙烷", 0.05)
_BENZENE = ("a25002", "苯", 0.06)
_TOLUENE = ("a25003", "甲苯", 0.08)
_METHANOL = ("a30001", "甲醇", 0.22)
_FORMALDEHYDE = ("a31001", "甲醛", 0.03)
_CHLOROMETHANE = ("a24099", "氯甲烷", 0.14)
_DICHLOROMETHANE = ("a24003", "二氯甲烷", 0.12)
_TRICHLOROMETHANE = ("a24004", "三氯甲烷", 0.07)

PLANTS: tuple[Plant, ...] = (
    Plant("ENT01", "示例氯碱一厂", "HBW", "chlor_alkali", (106.882, 39.741), 60_000, 0.05, (0.0, 1440),
          (_VINYL_CHLORIDE, _DICHLOROETHANE), 132_000, direct_wind_kw=40_000, roof_kw=6_000, weather=True,
          tonnes_per_mwh=0.42, product="烧碱产量", trade_mwh=4_600, certificate_mwh=1_500,
          submeters=(("电解整流", 0.82), ("氯氢处理", 0.06))),
    Plant("ENT02", "示例电石一厂", "HBW", "carbide", (106.897, 39.752), 45_000, 0.16, (0.06, 150),
          (_BENZENE, _TOLUENE), 1_200, width=1e4, direct_solar_kw=30_000, roof_kw=2_000,
          tonnes_per_mwh=0.31, product="电石产量", trade_mwh=3_000,
          submeters=(("1号电石炉", 0.46), ("2号电石炉", 0.45))),
    Plant("ENT03", "示例焦化一厂", "HBW", "coking", (106.871, 39.729), 12_000, 0.02, (0.05, 45),
          (_BENZENE, _TOLUENE), 4_800, roof_kw=4_000, waste_heat_kw=13_500, exports=True,
          tonnes_per_mwh=8.5, product="焦炭产量", certificate_mwh=300,
          submeters=(("备煤筛焦", 0.24), ("干熄焦", 0.18))),
    Plant("ENT04", "示例有机硅一厂", "HBW", "organosilicon", (106.905, 39.733), 18_000, 0.04, (0.12, 360),
          (_CHLOROMETHANE, _BENZENE), 9_600, direct_wind_kw=12_000, roof_kw=5_000,
          tonnes_per_mwh=0.36, product="单体产量", trade_mwh=1_400, certificate_mwh=400,
          submeters=(("单体合成", 0.41), ("精馏", 0.22))),
    Plant("ENT05", "示例氯碱二厂", "WD", "chlor_alkali", (106.716, 39.512), 50_000, 0.06, (0.0, 1440),
          (_VINYL_CHLORIDE, _DICHLOROETHANE), 44_000, incomers=2, direct_wind_kw=25_000, direct_solar_kw=20_000,
          roof_kw=4_000, weather=True, tonnes_per_mwh=0.41, product="烧碱产量", trade_mwh=3_600,
          submeters=(("电解整流", 0.8), ("聚合", 0.07))),
    Plant("ENT06", "示例电石二厂", "WD", "carbide", (106.729, 39.503), 55_000, 0.18, (0.06, 170),
          (_BENZENE, _TOLUENE), 52_500, incomers=2, direct_wind_kw=20_000, roof_kw=3_000,
          tonnes_per_mwh=0.3, product="电石产量", trade_mwh=4_000, certificate_mwh=1_200,
          submeters=(("1号电石炉", 0.48), ("2号电石炉", 0.44), ("石灰窑", 0.03))),
    Plant("ENT07", "示例BDO一厂", "WD", "bdo", (106.704, 39.524), 22_000, 0.03, (0.1, 480),
          (_METHANOL, _FORMALDEHYDE), 8_800, roof_kw=6_000, waste_heat_kw=5_000,
          tonnes_per_mwh=0.55, product="BDO产量", trade_mwh=1_900, certificate_mwh=2_000,
          submeters=(("乙炔工段", 0.35), ("加氢工段", 0.2))),
    Plant("ENT08", "示例氟化工一厂", "WD", "fluorochemical", (106.741, 39.519), 8_000, 0.03, (0.2, 300),
          (_DICHLOROMETHANE, _TRICHLOROMETHANE), 3_600, roof_kw=5_000, field_kw=9_000, wind_kw=5_000, exports=True,
          tonnes_per_mwh=0.25, product="制冷剂产量",
          submeters=(("反应工段", 0.36), ("冷冻站", 0.27))),
    Plant("ENT09", "示例焦化二厂", "HN", "coking", (106.902, 39.428), 14_000, 0.02, (0.05, 50),
          (_BENZENE, _TOLUENE), 4_800, roof_kw=3_000, waste_heat_kw=9_000,
          tonnes_per_mwh=8.2, product="焦炭产量", trade_mwh=500,
          submeters=(("备煤筛焦", 0.25), ("煤气净化", 0.21))),
    Plant("ENT10", "示例BDO二厂", "HN", "bdo", (106.889, 39.437), 26_000, 0.03, (0.1, 420),
          (_METHANOL, _FORMALDEHYDE), 10_500, direct_wind_kw=20_000, roof_kw=8_000, weather=True,
          tonnes_per_mwh=0.56, product="BDO产量", trade_mwh=2_400,
          submeters=(("炔化工段", 0.33), ("空分", 0.24))),
    Plant("ENT11", "示例有机硅二厂", "HN", "organosilicon", (106.917, 39.441), 20_000, 0.04, (0.12, 330),
          (_CHLOROMETHANE, _TOLUENE), 9_600, field_kw=25_000, wind_kw=12_000, roof_kw=2_000, exports=True,
          tonnes_per_mwh=0.35, product="单体产量", certificate_mwh=600,
          submeters=(("单体合成", 0.4), ("裂解", 0.15))),
    Plant("ENT12", "示例氟化工二厂", "HN", "fluorochemical", (106.931, 39.419), 10_000, 0.03, (0.2, 280),
          (_DICHLOROMETHANE, _TRICHLOROMETHANE), 3_600, direct_solar_kw=10_000, roof_kw=3_000,
          tonnes_per_mwh=0.26, product="制冷剂产量", trade_mwh=7_500, certificate_mwh=300,
          submeters=(("反应工段", 0.37), ("冷冻站", 0.25))),
)  # fmt: skip
