"""Standard coal in two columns, feedstock apart; meters and invoices."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.factors import shipped_factors
from accounting.invoices import Direction, Verdict, invoice_of, parse_invoices, reconcile
from accounting.standard_coal import Metered, energy_use
from accounting.submeters import Branch, Finding, MeterCare, branch_findings, care_findings, class_percent, imbalance
from schemas.errors import InvalidInput
from schemas.registry import parse_registry

FACTORS = shipped_factors()


def metered(role: str, amount: float, unit: str = "kWh", medium: str = "electricity", **more: object) -> Metered:
    part = Metered(medium, role, medium, unit, False, amount, 10, 10)
    return replace(part, **more)  # type: ignore[arg-type]


def test_the_two_columns_and_their_factors() -> None:
    use = energy_use([metered("grid_import", 1000.0)], FACTORS)
    (line,) = use.lines
    assert line.calorific_kgce == pytest.approx(122.9)
    assert line.calorific_factor == "tce-electricity-equivalent-value-2020"
    assert line.supply_rate_kgce == pytest.approx(300)
    assert (line.verified, use.calorific_verified, use.supply_rate_verified) == (False, True, False)


def test_export_is_taken_off_and_captive_power_counts_in_its_fuel() -> None:
    use = energy_use(
        [
            metered("grid_import", 1.0, "MWh"),
            metered("grid_export", 200.0),
            metered("onsite_solar", 300.0),
            metered("onsite_thermal", 5000.0),
            metered("submeter", 700.0),
            metered("fuel", 2.0, "t", "coal", name="raw coal"),
        ],
        FACTORS,
    )
    assert use.calorific_kgce == pytest.approx((800 + 300) * 0.1229 + 2000 * 0.7143)


def test_feedstock_stands_apart() -> None:
    coke = metered("fuel", 3.0, "t", "coke", name="coke")
    use = energy_use([coke, replace(coke, feedstock=True, amount=5.0)], FACTORS)
    assert use.calorific_kgce == pytest.approx(3000 * 0.9714)
    assert use.feedstock_calorific_kgce == pytest.approx(5000 * 0.9714)


def test_media_in_their_own_units() -> None:
    steam = energy_use([metered("heat", 10.0, "t", "steam")], FACTORS)
    assert steam.calorific_kgce == pytest.approx(1286)
    assert energy_use([metered("heat", 1.0, "GJ", "heat")], FACTORS).calorific_kgce == pytest.approx(34.12)
    assert energy_use([metered("fuel", 100.0, "Nm3", "gas", name="natural gas")], FACTORS).calorific_kgce == 133


def test_what_has_no_factor_leaves_the_total_open() -> None:
    use = energy_use([metered("grid_import", 1.0), metered("fuel", 1.0, "t", "coal", name="peat")], FACTORS)
    assert use.calorific_kgce is None


def test_water_by_product_of_one_enterprise_only() -> None:
    parts = [metered("water", 50.0, "t", "water"), metered("production", 20.0, "t", "product")]
    use = energy_use(parts, FACTORS)
    assert (use.water_m3, use.production_t, use.water_m3_per_t) == (50, 20, 2.5)
    assert use.lines == ()
    assert energy_use(parts, FACTORS, one_enterprise=False).water_m3_per_t is None


def test_water_by_value_added_of_one_and_of_many() -> None:
    product, value = metered("production", 20.0, "t", "product"), metered("production", 8.0, "10^4 CNY", "value")
    parts = [metered("water", 50.0, "m3", "water"), product, value, metered("production", 20_000.0, "CNY", "value")]
    for one in (True, False):
        use = energy_use(parts, FACTORS, one_enterprise=one)
        assert (use.value_added_10k_cny, use.water_m3_per_10k_cny) == (10, 5)
    assert energy_use(parts, FACTORS).water_m3_per_t == 2.5
    assert energy_use(parts[:2], FACTORS).water_m3_per_10k_cny is None


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=8))
def test_an_amount_cut_in_parts_is_the_same_coal(amounts: list[float]) -> None:
    whole = energy_use([metered("grid_import", sum(amounts))], FACTORS).calorific_kgce
    parts = energy_use([metered("grid_import", amount) for amount in amounts], FACTORS).calorific_kgce
    assert parts == pytest.approx(whole)


def test_verification_is_warned_of_in_time() -> None:
    today = dt.date(2026, 11, 23)
    care = MeterCare.of("grid_import", "counter", {"accuracy_class": "0.5S", "verification_due": "2026-11-22"})
    assert care_findings(care, today) == [Finding.VERIFICATION_OVERDUE]
    assert care_findings(care, dt.date(2026, 11, 22)) == [Finding.VERIFICATION_DUE_SOON]
    assert care_findings(care, dt.date(2026, 9, 22)) == []
    unknown = care_findings(MeterCare.of("grid_import", "counter", {}), today)
    assert unknown == [Finding.VERIFICATION_UNKNOWN, Finding.CLASS_UNKNOWN]
    assert care_findings(MeterCare.of("submeter", "counter", {}), today) == []


def test_children_above_their_parent_beyond_both_classes() -> None:
    branch = Branch("ENT01/E01", 2, 700, 1000.0, 1005.0, class_percent("0.5S"))
    assert branch_findings(branch, 0.5) == []
    assert branch_findings(replace(branch, children_kwh=1020.0), 0.5) == [Finding.CHILDREN_EXCEED_PARENT]
    assert branch_findings(replace(branch, hours=0, parent_kwh=None), 0.5) == [Finding.NO_COMMON_HOURS]
    rest = imbalance(replace(branch, children_kwh=900.0))
    assert rest is not None
    assert rest.imbalance_kwh == 100
    assert rest.imbalance_share == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("metered_kwh", "coverage", "verdict"),
    [
        (1009.0, 1.0, Verdict.AGREES), (950.0, 0.97, Verdict.MISSING_HOURS), (950.0, 1.0, Verdict.DIFFERS),
        (None, None, Verdict.NOT_METERED),
    ],
)  # fmt: skip
def test_invoices_are_reconciled(metered_kwh: float | None, coverage: float | None, verdict: Verdict) -> None:
    found = reconcile(1000.0, metered_kwh, coverage)
    assert found.verdict is verdict
    if metered_kwh is not None:
        assert found.difference_percent == pytest.approx((metered_kwh - 1000) / 10)


def test_a_table_of_invoices() -> None:
    text = "\ufeffenterprise,month,energy_kwh,direction,number\nENT01,2026-10,120.5,export,A1\n"
    (one,) = parse_invoices(text)
    assert (one.energy_kwh, one.month, one.direction) == (Decimal("120.5"), dt.date(2026, 10, 1), Direction.EXPORT)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"enterprise": "E", "month": "2026-13", "energy_kwh": "1"}, "month"),
        ({"enterprise": "E", "month": "2026-10", "energy_kwh": "-1"}, "energy_kwh"),
        ({"enterprise": "E", "month": "2026-10", "energy_kwh": "NaN"}, "energy_kwh"),
        ({"enterprise": "E", "month": "2026-10", "energy_kwh": ""}, "energy_kwh"),
        ({"enterprise": "", "month": "2026-10", "energy_kwh": "1"}, "enterprise"),
        ({"enterprise": "E", "month": "2026-10", "energy_kwh": "1", "direction": "up"}, "direction"),
    ],
)
def test_a_wrong_invoice_names_the_field(row: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        invoice_of(row, "a.csv:2")
    assert (caught.value.field, caught.value.source) == (field, "a.csv:2")


REGISTRY = """
parks: [{code: P}]
enterprises:
  - code: ENT01
    park: P
    points:
      - {code: E01, kind: counter, unit: kWh, role: grid_import}
      - {code: M01, kind: counter, unit: kWh, role: submeter, attributes: {%s}}
"""


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ("verified_on: '2026-02-30'", "verified_on"),
        ("verified_on: 2026-02-01, verification_due: 2026-01-01", "verification_due"),
        ("accuracy_class: good", "accuracy_class"),
        ("parent: E09", "parent"),
        ("parent: M01", "parent"),
        ("use: soup", "use"),
    ],
)
def test_the_registry_names_a_wrong_attribute(attributes: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_registry(REGISTRY % attributes, "park.yaml")
    assert caught.value.field == f"enterprises[0].points[1].attributes.{field}"
    assert caught.value.source.startswith("park.yaml:8")


def test_a_date_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"park.yaml: .*day is out of range"):
        parse_registry(REGISTRY % "verified_on: 2026-02-30", "park.yaml")


def test_good_attributes_are_stored_as_text() -> None:
    text = REGISTRY % "parent: E01, verified_on: 2026-01-01, verification_due: 2032-01-01, accuracy_class: 0.5S"
    stored = parse_registry(text).enterprises[0].points[1].stored_attributes
    assert stored["verified_on"] == "2026-01-01"
