"""Words of the concentration arithmetic: on which terms a period is judged, by which steps, why minutes are lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.points import Basis


class Step(StrEnum):
    """One conversion (docs/explanation/voc.md). Each multiplies; none is ever taken twice."""

    MASS = "mass"  # ppm to mg/m3, which is then at the standard state
    DRY = "dry"
    STANDARD = "standard"
    OXYGEN = "oxygen"
    RATE = "rate"  # mg/m3 and m3/h to kg/h


class Input(StrEnum):
    """What an outlet is measured by beside its pollutants."""

    MOISTURE = "moisture"
    TEMPERATURE = "temperature"
    STATIC_PRESSURE = "static_pressure"
    ATMOSPHERIC_PRESSURE = "atmospheric_pressure"
    OXYGEN = "oxygen"
    FLOW = "flow"


INPUT_OF_QUANTITY = {
    "a01014": Input.MOISTURE,
    "a01012": Input.TEMPERATURE,
    "a01013": Input.STATIC_PRESSURE,
    "a01006": Input.ATMOSPHERIC_PRESSURE,
    "a19001": Input.OXYGEN,
    "a00000": Input.FLOW,
}
"""HJ 212-2017 Table B.2."""

INPUTS_OF_STEP: dict[Step, tuple[Input, ...]] = {
    Step.MASS: (),
    Step.DRY: (Input.MOISTURE,),
    Step.STANDARD: (Input.TEMPERATURE, Input.STATIC_PRESSURE, Input.ATMOSPHERIC_PRESSURE),
    Step.OXYGEN: (Input.OXYGEN,),
    Step.RATE: (Input.FLOW,),
}


class Unconvertible(StrEnum):
    """Why a point's values can never be brought to a rule's terms; each is also a verdict of the watch."""

    NO_BASIS = "no_reported_basis"
    BACKWARD = "other_basis"
    UNIT = "other_unit"
    NO_MOLAR_MASS = "no_molar_mass"
    NO_REFERENCE_OXYGEN = "no_reference_oxygen"
    NO_MOISTURE = "no_moisture_point"
    NO_TEMPERATURE = "no_temperature_point"
    NO_STATIC_PRESSURE = "no_static_pressure_point"
    NO_ATMOSPHERIC_PRESSURE = "no_atmospheric_pressure_point"
    NO_OXYGEN = "no_oxygen_point"
    NO_FLOW = "no_flow_point"
    OXYGEN_WITHOUT_BASIS = "no_basis_of_oxygen"
    FLOW_WITHOUT_BASIS = "no_basis_of_flow"


MISSING_INPUT = {
    Input.MOISTURE: Unconvertible.NO_MOISTURE,
    Input.TEMPERATURE: Unconvertible.NO_TEMPERATURE,
    Input.STATIC_PRESSURE: Unconvertible.NO_STATIC_PRESSURE,
    Input.ATMOSPHERIC_PRESSURE: Unconvertible.NO_ATMOSPHERIC_PRESSURE,
    Input.OXYGEN: Unconvertible.NO_OXYGEN,
    Input.FLOW: Unconvertible.NO_FLOW,
}


class Lost(StrEnum):
    """Why a minute with a reading does not count."""

    FLAGGED = "flagged"
    IMPLAUSIBLE = "implausible"
    EXEMPT = "exempt"
    MOISTURE = "no_moisture"
    TEMPERATURE = "no_temperature"
    STATIC_PRESSURE = "no_static_pressure"
    ATMOSPHERIC_PRESSURE = "no_atmospheric_pressure"
    OXYGEN = "no_oxygen"
    OXYGEN_TOO_HIGH = "oxygen_too_high"
    FLOW = "no_flow"


@dataclass(frozen=True, slots=True)
class SeriesTerms:
    """On which terms a rule wants the values of a point.

    Attributes:
        basis: None takes them as reported.
        reference_o2: percent; needed for ``ref_o2`` unless the point reports it.
        ceiling: the conversion to reference oxygen multiplies by this at most.
        rate: a mass rate in kg/h.
        exempt: kinds of operating-condition marks whose minutes the rule leaves out.
    """

    basis: Basis | None = None
    reference_o2: float | None = None
    ceiling: float | None = None
    rate: bool = False
    exempt: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The terms in one word; equal terms have equal keys."""
        parts = [self.basis.value if self.basis else "as_reported"]
        if self.basis is Basis.REF_O2:
            parts += [f"o2={self.reference_o2:g}"] if self.reference_o2 is not None else []
            parts += [f"ceiling={self.ceiling:g}"] if self.ceiling is not None else []
        parts += ["kg/h"] if self.rate else []
        parts += [f"exempt={'+'.join(sorted(self.exempt))}"] if self.exempt else []
        return ";".join(parts)
