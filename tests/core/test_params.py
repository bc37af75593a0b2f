from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import BadParameter, UnknownName
from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class Everything(Method):
    """All kinds of parameters.

    More words.
    """

    cutoff: float = param(0.02, unit="V", low=0, high=1, help="A number.")
    order: int = param(3, low=1, help="A whole number.")
    zero_phase: bool = param(True, help="A choice of two.")
    band: str = param("low", choices=("low", "high"), help="A choice.")
    limit: float | None = param(None, unit="s", low=0, help="May be left out.")


def test_defaults_stand_and_are_listed_in_order():
    assert Everything().parameters() == {
        "cutoff": 0.02, "order": 3, "zero_phase": True, "band": "low", "limit": None,
    }  # fmt: skip
    assert [p.flag for p in Everything.schema()] == [
        "--cutoff",
        "--order",
        "--zero-phase",
        "--band",
        "--limit",
    ]
    assert Everything.summary() == "All kinds of parameters."


def test_text_from_a_command_line_becomes_the_declared_type():
    made = Everything(cutoff="0.5", order="4", zero_phase="no", limit="2")  # type: ignore[arg-type]
    assert (made.cutoff, made.order, made.zero_phase, made.limit) == (0.5, 4, False, 2.0)


@pytest.mark.parametrize(
    ("given_values", "error", "words"),
    [
        ({"cutoff": "much"}, BadParameter, "cutoff must be a number"),
        ({"cutoff": 2}, BadParameter, "at most 1 V, not 2"),
        ({"cutoff": -0.1}, BadParameter, "at least 0 V"),
        ({"cutoff": float("nan")}, BadParameter, "finite"),
        ({"cutoff": None}, BadParameter, "needs a value"),
        ({"cutoff": True}, BadParameter, "must be a number"),
        ({"order": 2.5}, BadParameter, "whole number"),
        ({"order": float("inf")}, BadParameter, "whole number"),
        ({"order": 0}, BadParameter, "at least 1"),
        ({"zero_phase": "maybe"}, BadParameter, "true or false"),
        ({"band": "middle"}, UnknownName, "low, high"),
        ({"limit": -1}, BadParameter, "at least 0 s"),
        ({"loudness": 1}, UnknownName, "there are: cutoff, order"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(given_values, error, words):
    with pytest.raises(error, match=words) as caught:
        Everything.from_parameters(given_values)
    assert "\n" not in str(caught.value)


@given(st.floats(0, 1), st.integers(1, 100), st.booleans(), st.none() | st.floats(0, 1e6))
def test_parameters_round_trip(cutoff, order, zero_phase, limit):
    made = Everything(cutoff=cutoff, order=order, zero_phase=zero_phase, limit=limit)
    assert Everything.from_parameters(made.parameters()) == made
    as_text = {name: str(value) for name, value in made.parameters().items()}
    assert Everything.from_parameters(as_text) == made
