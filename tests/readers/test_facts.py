"""The user's word against the file's."""

from __future__ import annotations

from pathlib import Path

import pytest

from spikelens.errors import BadParameter, MissingFact, UnreadableFile
from spikelens.readers import Hints
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._opening import reading


def test_the_files_unit_becomes_the_gain() -> None:
    channel = channels_of([Trace("Vm", "mV", 0.5, -70)], Hints())[0]
    assert (channel.quantity, channel.gain, channel.offset) == ("voltage", 0.5e-3, -0.07)
    assert channel.stated_unit == "mV"


def test_scale_multiplies_gain_and_offset_after_the_unit() -> None:
    channel = channels_of([Trace("Vm", "V", 2.0, 1.0)], Hints(unit="mV", scale=10.0))[0]
    assert (channel.gain, channel.offset) == pytest.approx((20e-3, 10e-3))


def test_a_hinted_unit_means_the_traces_of_its_quantity() -> None:
    traces = [Trace("I", "nA"), Trace("V", "mV"), Trace("TTL", "")]
    current, voltage, ttl = channels_of(traces, Hints(unit="V"))
    assert (current.gain, voltage.gain, ttl.quantity) == (1e-9, 1.0, "voltage")
    assert channels_of(traces, Hints())[2].quantity == "other"


def test_a_hinted_unit_replaces_an_impossible_one() -> None:
    trace = Trace("IN 0", "pA")
    assert channels_of([trace], Hints(unit="mV"))[0].unit == "V"
    assert contradictions(Hints(unit="mV"), traces=[trace]) == (
        "the file says IN 0 is in pA; mV is used, as asked",
    )


def test_scale_alone_means_the_voltages() -> None:
    current, voltage = channels_of([Trace("I", "nA"), Trace("V", "mV")], Hints(scale=20.0))
    assert (current.gain, voltage.gain) == pytest.approx((1e-9, 20e-3))


@pytest.mark.parametrize("unit", ["", "bananas"])
def test_no_unit_names_the_flag(unit: str) -> None:
    with pytest.raises(MissingFact, match="--unit"):
        channels_of([Trace("Vm", unit)], Hints())


def test_a_hinted_unit_must_be_one() -> None:
    with pytest.raises(BadParameter, match="bananas"):
        channels_of([Trace("Vm", "mV")], Hints(unit="bananas"))


def test_the_users_rate_wins_and_is_said() -> None:
    assert rate_of(10_000.0, Hints(sampling_rate=20_000.0)) == 20_000.0
    assert contradictions(Hints(sampling_rate=20_000.0), rate=10_000.0) == (
        "the file says 10000 Hz; 20000 Hz is used, as asked",
    )
    assert (
        contradictions(Hints(sampling_rate=1000.0, unit="mV"), rate=999.99995, traces=[Trace("V", "mV")])
        == ()
    )


@pytest.mark.parametrize("found", [None, 0.0, float("nan"), float("inf"), -1.0])
def test_no_rate_names_the_flag(found: float | None) -> None:
    with pytest.raises(MissingFact, match="--sampling-rate"):
        rate_of(found, Hints())


def test_any_failure_while_reading_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    with pytest.raises(UnreadableFile, match="not a tape: two lines") as caught, reading(path, "a tape"):
        raise ValueError("two\nlines")
    assert "\n" not in str(caught.value)
    with pytest.raises(MissingFact), reading(path, "a tape"):
        raise MissingFact("kept as it is")
