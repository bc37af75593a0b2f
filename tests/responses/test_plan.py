from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import BadParameter, UnknownName
from spikelens.files import to_json
from spikelens.responses.plan import Plan, Window, parse_time, parse_window

milliseconds = st.integers(-5000, 5000)


@given(milliseconds, st.integers(1, 5000))
def test_a_window_is_read_in_any_way_of_writing_it(low, width):
    high = low + width
    wanted = Window(low / 1e3, high / 1e3)
    for text in (
        f"{low}:{high}ms",
        f"{low}ms:{high}ms",
        f" {low / 1e3}:{high / 1e3} ",
        f"{low}MS:{high / 1e3}s",
    ):
        assert parse_window(text) == pytest.approx(wanted)
    assert wanted.width == pytest.approx(width / 1e3)


@pytest.mark.parametrize(
    "text", ["", "5", "5ms", "a:b", "5:5ms", "55:5ms", "5:55h", "1:2:3", "nan:1", "0:inf"]
)
def test_what_is_no_window_is_refused(text):
    with pytest.raises(BadParameter, match=r"window|cannot read"):
        parse_window(text)


def test_a_length_of_time():
    assert parse_time("2.5ms") == 0.0025
    for text in ("0", "-1ms", "soon"):
        with pytest.raises(BadParameter, match="length of time"):
            parse_time(text)


def test_what_is_shown_holds_both_windows_and_as_much_after_the_onset():
    assert Plan().shown == Window(-0.1, 0.1)
    assert Plan.of(window="5:255ms").shown == Window(-0.1, 0.255)
    assert Plan.of(window=(0.01, 0.02), shown="-10:30ms").shown == Window(-0.01, 0.03)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"window": "-50:50ms"}, "overlaps"),
        ({"bin": "5ms", "smoothing": 0.005}, "not both"),
        ({"bin": 0.15}, "at most half"),
        ({"bin": -1.0}, "above 0"),
        ({"by": "level,level"}, "twice"),
    ],
)
def test_plans_that_make_no_sense_are_refused(settings, told):
    with pytest.raises(BadParameter, match=told):
        Plan.of(**settings)


def test_a_setting_that_there_is_not_names_those_there_are():
    with pytest.raises(UnknownName, match="smoothing"):
        Plan.of(binning=3)


def test_a_plan_goes_through_its_facts_and_into_a_record():
    plan = Plan.of(by=" frequency , level", window="5:55ms", bin="2ms", smoothing=None)
    assert plan.by == ("frequency", "level")
    assert Plan.of(**plan.facts()) == plan
    assert json.loads(to_json(plan.facts()))["bin"] == 0.002
