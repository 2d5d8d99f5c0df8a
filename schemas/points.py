"""What a measuring point is: the words of the registry."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How a reading becomes a quantity over time."""

    COUNTER = "counter"  # a register; the energy is the difference
    INTERVAL = "interval"  # an amount, stamped at the interval's end
    GAUGE = "gauge"  # a level at an instant


class Role(StrEnum):
    """What a point means for the accounts (docs/reference/registry.md)."""

    GRID_IMPORT = "grid_import"
    GRID_EXPORT = "grid_export"
    DIRECT_LINE = "direct_line"
    ONSITE_SOLAR = "onsite_solar"
    ONSITE_WIND = "onsite_wind"
    ONSITE_THERMAL = "onsite_thermal"
    ONSITE_WASTE_HEAT = "onsite_waste_heat"
    STORAGE_CHARGE = "storage_charge"
    STORAGE_DISCHARGE = "storage_discharge"
    RESALE_OUT = "resale_out"
    SUBMETER = "submeter"
    STACK = "stack"
    FENCE = "fence"
    PLANT = "plant"
    WEATHER = "weather"
    PRODUCTION = "production"
    FUEL = "fuel"
    HEAT = "heat"
    WATER = "water"
    DEVICE = "device"
    AMBIENT = "ambient"
    EFFLUENT = "effluent"
    OTHER = "other"


ELECTRICITY_ROLES = frozenset(
    {
        Role.GRID_IMPORT,
        Role.GRID_EXPORT,
        Role.DIRECT_LINE,
        Role.ONSITE_SOLAR,
        Role.ONSITE_WIND,
        Role.ONSITE_THERMAL,
        Role.ONSITE_WASTE_HEAT,
        Role.STORAGE_CHARGE,
        Role.STORAGE_DISCHARGE,
        Role.RESALE_OUT,
    }
)


class Basis(StrEnum):
    """The state a concentration is reported in (HJ 212-2017 Annex D)."""

    RAW_WET = "raw_wet"
    RAW_DRY = "raw_dry"
    STD_DRY = "std_dry"
    REF_O2 = "ref_o2"
