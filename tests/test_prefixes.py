from __future__ import annotations

import pytest

from spikelens.prefixes import quantity, si_factor


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.0613, "V", "61.3 mV"),
        (-0.0613, "V", "\u221261.3 mV"),
        (4.2e-11, "A", "42 pA"),
        (1.0, "s", "1 s"),
        (5.2e-4, "s", "520 µs"),
        (187.0, "V/s", "187 V/s"),
        (0.0, "V", "0 V"),
        (1.9, "", "1.9"),
    ],
)
def test_quantity(value, unit, written):
    assert quantity(value, unit) == written


def test_nothing_fits_what_is_no_number():
    assert si_factor(float("nan"), "V") == (1.0, "V")
    assert si_factor(float("inf"), "V") == (1.0, "V")
