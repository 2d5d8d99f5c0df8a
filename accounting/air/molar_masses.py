"""Molar masses by HJ 212 factor code, g/mol; what ppm becomes mg/m3 with.

Computed from the IUPAC standard atomic weights. A sum parameter without a formula of its own (total hydrocarbons,
NMHC) counts as carbon: 12.011 for each carbon atom (HJ 212-2017 Annex D).
"""

from __future__ import annotations

CARBON = 12.011

MOLAR_MASSES: dict[str, float] = {
    "a24087": CARBON,  # total hydrocarbons, ppm of carbon
    "a24088": CARBON,  # NMHC, ppm of carbon
    "a05002": 16.043,  # methane
    "a24046": 62.498,  # vinyl chloride
    "a24017": 98.954,  # 1,2-dichloroethane
    "a24016": 98.954,  # 1,1-dichloroethane
    "a24003": 84.927,  # dichloromethane
    "a24004": 119.369,  # trichloromethane
    "a24078": 54.092,  # 1,3-butadiene
    "a24099": 50.485,  # chloromethane
    "a25002": 78.11,  # benzene, as the standard's own example has it
    "a25003": 92.141,  # toluene
    "a25004": 106.168,  # ethylbenzene
    "a25005": 106.168,  # xylenes
    "a25006": 106.168,
    "a25007": 106.168,
    "a25008": 106.168,
    "a25010": 112.556,  # chlorobenzene
    "a25038": 104.152,  # styrene
    "a30001": 32.042,  # methanol
    "a31001": 30.026,  # formaldehyde
    "a31024": 58.080,  # acetone
    "a99010": 53.064,  # acrylonitrile
    "a99049": 98.910,  # phosgene
    "a99051": 76.131,  # carbon disulphide
    "a21001": 17.031,  # ammonia
    "a21005": 28.010,  # carbon monoxide
    "a21022": 70.900,  # chlorine
    "a21024": 36.458,  # hydrogen chloride
    "a21026": 64.063,  # sulphur dioxide
    "a21028": 34.076,  # hydrogen sulphide
    "a21002": 46.005,  # nitrogen oxides, as NO2
}
