"""Text tables and workbooks as people really write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.errors import MissingFact, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers._times import rate_of_times
from spikelens.readers.excel import Excel
from spikelens.readers.text import Text
from spikelens.recording import Recording
from tests.data import recording_file


def read(tmp_path: Path, text: str | bytes, name: str = "cell.csv", **hints: object) -> Recording:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert Text().recognises(path, path.read_bytes()[:4096])
    return Text().read(path, Hints(**hints))  # type: ignore[arg-type]


MV = [-65.08, -65.01, 12.5, -64.96, -65.02]


def rows(form: str) -> str:
    return "".join(form.format(t=k * 0.05, v=v) + "\n" for k, v in enumerate(MV))


@pytest.mark.parametrize(
    "text",
    [
        "time (ms),Vm (mV)\n" + rows("{t:.2f},{v}"),
        "Time_ms\tV_mV\n" + rows("{t:.2f}\t{v}"),
        "t [ms];Vm [mV]\n" + rows("{t:.2f};{v}").replace(".", ","),
        "# rig 2, cell 7\n# another note\nTime(ms)  Vm(mV)\n" + rows("{t:.2f}  {v}"),
        "time,Vm\nms,mV\n" + rows("{t:.2f},{v}"),
        '"time (s)","Vm (mV)",\n' + "".join(f"{k * 5e-5:.5f},{v},\n" for k, v in enumerate(MV)),
        "index,ms,mV\n" + "".join(f"{k},{k * 0.05:.2f},{v}\n" for k, v in enumerate(MV)),
        "\ufefftime (ms),Vm (mV)\r\n" + rows("{t:.2f},{v}").replace("\n", "\r\n"),
        "# t (ms) Vm (mV)\n" + rows("{t:.18e} {v}"),
        "% exported\n\ntime (ms)\tVm (mV)\n" + rows("{t:.2f}\t{v}").replace(".", ","),
    ],
)
def test_headings_delimiters_and_decimal_signs(tmp_path: Path, text: str) -> None:
    recording = read(tmp_path, text)
    assert recording.sampling_rate == pytest.approx(20_000, rel=1e-9)
    assert [c.unit for c in recording.channels] == ["V"]
    np.testing.assert_allclose(recording.read()[:, 0], np.array(MV) * 1e-3, rtol=1e-6)


def test_utf16_and_latin1(tmp_path: Path) -> None:
    text = "time (ms)\tVm (mV)\n" + rows("{t:.2f}\t{v}")
    assert read(tmp_path, text.encode("utf-16")).sampling_rate == pytest.approx(20_000)
    micro = ("t (\u00b5s),Vm (\u00b5V)\n" + "".join(f"{k * 50},{v}\n" for k, v in enumerate(MV))).encode(
        "latin-1"
    )
    recording = read(tmp_path, micro)
    assert (recording.sampling_rate, recording.channels[0].gain) == pytest.approx((20_000, 1e-6))


def test_a_column_of_decimal_commas_is_no_pair_of_columns(tmp_path: Path) -> None:
    recording = read(tmp_path, "-65,08\n-65,01\n12,50\n", unit="mV", sampling_rate=1000)
    np.testing.assert_allclose(recording.read()[:, 0], [-65.08e-3, -65.01e-3, 12.5e-3], rtol=1e-6)
    pairs = read(tmp_path, "0,-65\n1,-64\n2,-63\n3,-62\n", unit="mV", sampling_rate=1000)
    assert pairs.n_samples == 4, "an even first column without a heading is time, or a count"


def test_columns_of_one_unit_are_sweeps(tmp_path: Path) -> None:
    recording = read(tmp_path, "time (s),Vm 1 (mV),Vm 2 (mV)\n0,1,4\n0.001,2,5\n0.002,3,\n")
    assert np.diff(recording.sweeps.bounds).tolist() == [3, 2]
    np.testing.assert_allclose(recording.read()[:, 0] * 1e3, [1, 2, 3, 4, 5], rtol=1e-6)
    assert recording.header["sweeps_in"] == "columns"
    assert recording.header["sweep_names"] == ["Vm 1", "Vm 2"]
    assert recording.channels[0].name == "Vm"


def test_columns_of_one_unit_are_channels_where_that_is_said(tmp_path: Path) -> None:
    told = {"sampling_rate": 1000, "channels_in": "columns"}
    named = read(tmp_path, "time (s),1 (uV),2 (uV)\n0,1,4\n0.001,2,5\n", channels_in="columns")
    bare = read(tmp_path, "1,4\n2,5\n7,2\n", unit="uV", **told)
    assert [len(r.channels) for r in (named, bare)] == [2, 2]
    np.testing.assert_allclose(named.read() * 1e6, [[1, 4], [2, 5]], rtol=1e-6)
    np.testing.assert_allclose(bare.read() * 1e6, [[1, 4], [2, 5], [7, 2]], rtol=1e-6)


def test_pairs_of_voltage_and_current_are_channels_of_sweeps(tmp_path: Path) -> None:
    recording = read(
        tmp_path, "t (s),V1 (mV),I1 (pA),V2 (mV),I2 (pA)\n0,1,2,3,4\n.001,5,6,7,8\n.002,9,0,1,2\n"
    )
    assert [c.quantity for c in recording.channels] == ["voltage", "current"]
    np.testing.assert_allclose(recording.read()[:, 0] * 1e3, [1, 5, 9, 3, 7, 1], rtol=1e-6)
    np.testing.assert_allclose(recording.read()[:, 1] * 1e12, [2, 6, 0, 4, 8, 2], rtol=1e-6)


PAIRS = "".join(f"{k * 0.05:.2f},{v},{50 * (k > 2)}\n" for k, v in enumerate(MV))


@pytest.mark.parametrize("heading", ["Time,Voltage,Current", "t,Vm,I", "time (ms),Membrane potential,Im_1"])
def test_headings_without_units_tell_a_voltage_from_a_current(tmp_path: Path, heading: str) -> None:
    recording = read(tmp_path, f"{heading}\n{PAIRS}", unit="mV")
    assert (recording.n_samples, len(recording.sweeps)) == (len(MV), 1)
    assert [c.quantity for c in recording.channels] == ["voltage", "other"]
    np.testing.assert_allclose(recording.read()[:, 0], np.array(MV) * 1e-3, rtol=1e-6)
    name = heading.split(",")[2]
    assert recording.warnings == (
        f"{name} is taken for a current, and left aside for want of a unit;"
        f" write it into the heading, as in {name} (pA)",
    )
    other = read(tmp_path, f"{heading}\n{PAIRS}", unit="pA")
    assert [c.quantity for c in other.channels] == ["other", "current"]


def test_a_command_beside_a_trace_is_no_sweep_of_it(tmp_path: Path) -> None:
    recording = read(tmp_path, f"time,Vm (mV),Command\n{PAIRS}")
    assert [c.quantity for c in recording.channels] == ["voltage", "other"]
    assert "Command is taken for a command, and left aside" in recording.warnings[0]


def test_sweeps_that_headings_name_are_no_doubt(tmp_path: Path) -> None:
    for heading in ("Time,Voltage 1,Voltage 2", "t,sweep 1,sweep 2", "t,neuron_v,neuron_i"):
        recording = read(tmp_path, f"{heading}\n{PAIRS}", unit="mV")
        assert (len(recording.sweeps), recording.warnings) == (2, ())


def test_columns_that_nothing_tells_apart_are_taken_for_sweeps_with_a_warning(tmp_path: Path) -> None:
    recording = read(tmp_path, PAIRS, unit="mV")
    assert len(recording.sweeps) == 2
    assert "the 2 columns beside the times have no headings" in recording.warnings[0]
    for hints in ({"sweeps_in": "columns"}, {"channels_in": "columns"}, {"variable": "1"}):
        assert read(tmp_path, PAIRS, unit="mV", **hints).warnings == ()


def test_a_column_by_name_or_number(tmp_path: Path) -> None:
    text = "t (s),V (mV),I (pA)\n0,1,2\n.001,5,6\n.002,9,0\n"
    for variable in ("I", "2"):
        assert [c.name for c in read(tmp_path, text, variable=variable).channels] == ["I"]


def test_unevenly_spaced_times_are_refused_with_the_row(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedInput, match="--sampling-rate"):
        read(tmp_path, "t (s),V (mV)\n0,1\n.001,5\n.002,9\n.009,9\n.010,9\n")


def test_no_unit_and_a_contradicted_unit(tmp_path: Path) -> None:
    with pytest.raises(MissingFact, match="--unit"):
        read(tmp_path, "time (s),Vm\n0,1\n.001,5\n.002,9\n")
    recording = read(tmp_path, "time (s),Vm (V)\n0,1\n.001,5\n.002,9\n", unit="mV")
    assert recording.warnings == ("the file says Vm is in V; mV is used, as asked",)
    assert recording.channels[0].gain == 1e-3


@pytest.mark.parametrize(
    "text", ["Dear all,\nthis is prose, not numbers.\n", "a,b\n1,2\n3,x\n5,6\n", "1,2\n1,2,3\n1\n"]
)
def test_prose_and_broken_tables_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match="wrong"):
        Text().read(path, Hints(unit="mV", sampling_rate=1000.0))


@settings(deadline=None, max_examples=60)
@given(
    rate=st.sampled_from(
        [1000, 4000, 10_000, 12_500, 20_000, 25_000, 30_000, 40_000, 44_100, 48_000, 50_000]
    ),
    digits=st.integers(4, 9),
    start=st.sampled_from([0.0, 0.5, 12.0]),
    in_ms=st.booleans(),
)
def test_few_digits_still_give_the_rate(rate: int, digits: int, start: float, in_ms: bool) -> None:
    unit, factor = ("ms", 1e3) if in_ms else ("s", 1.0)
    times = np.round((start + np.arange(4 * rate) / rate) * factor, digits)
    found, taken = rate_of_times(times, "time", unit)
    # Two ends, each printed to half a last digit, know no more than this.
    assert found == pytest.approx(rate, rel=max(1e-9, 10.0**-digits / (times[-1] - times[0])))
    assert taken == unit
    if rate % 1000 == 0:
        assert found == rate


@pytest.mark.parametrize("digits", [5, 6, 9])
@pytest.mark.parametrize("row", [10, 2500, 4990])
def test_one_lost_or_doubled_row_is_noticed(digits: int, row: int) -> None:
    times = np.round(np.arange(5000) / 10_000, digits)
    assert rate_of_times(times, "t", "s")[0] == 10_000
    for slipped in (np.delete(times, row), np.insert(times, row, times[row])):
        with pytest.raises(UnsupportedInput, match=rf"after row {row}|after row {row + 1}"):
            rate_of_times(slipped, "t", "s")


def test_times_with_a_lost_row_are_no_sweep(tmp_path: Path) -> None:
    lines = [f"{k * 1e-4:.5f},{-65 - k % 3}\n" for k in range(300)]
    del lines[150]
    with pytest.raises(UnsupportedInput, match="after row 150 of its values"):
        read(tmp_path, "".join(lines), unit="mV", sampling_rate=10_000.0)


@pytest.mark.parametrize("delimiter", [" ", ",", "\t"])
@pytest.mark.parametrize("n", [12, 4000])
def test_a_line_that_is_cut_off_is_left_out_at_the_end_and_refused_before(
    tmp_path: Path, delimiter: str, n: int
) -> None:
    cells = [[f"{k * 0.05:.2f}", f"{-65 - k % 3}.5", f"{k % 2}"] for k in range(n)]
    lines = [delimiter.join(row) + "\n" for row in cells]
    cut = "".join(lines) + delimiter.join([f"{n * 0.05:.2f}", "-65"])
    if n > 20:
        recording = read(tmp_path, cut, unit="mV", sweeps_in="columns")
        assert (recording.sampling_rate, len(recording.sweeps), recording.n_samples) == (20_000, 2, 2 * n)
        assert recording.warnings == (
            f"the last line, {n + 1}, is cut off and left out; copy the file again for all of it",
        )
    else:
        with pytest.raises(UnreadableFile, match=f"no table of numbers at line {n + 1},"):
            read(tmp_path, cut, unit="mV")
    for wrong in (cells[n // 2][:2], [*cells[n // 2], "5"], ["1", "abc", "2"]):
        lines[n // 2] = delimiter.join(wrong) + "\n"
        with pytest.raises(UnreadableFile, match=f"no table of numbers at line {n // 2 + 1},"):
            read_unasked(tmp_path, "".join(lines))


def read_unasked(tmp_path: Path, text: str) -> Recording:
    """Whether it looks like a table or not."""
    path = tmp_path / "cell.csv"
    path.write_text(text)
    return Text().read(path, Hints(unit="mV"))


def test_sweeps_that_end_early_are_not_cut_off(tmp_path: Path) -> None:
    text = "t (ms),a (mV),b (mV)\n" + "".join(f"{k},-65,{'' if k > 30 else -64}\n" for k in range(50))
    recording = read(tmp_path, text)
    assert ([int(n) for n in np.diff(recording.sweeps.bounds)], recording.warnings) == ([50, 31], ())


def test_a_blank_line_within_one_column_is_said(tmp_path: Path) -> None:
    lines = [f"{v}\n" for v in np.tile(MV, 10)]
    hints = {"unit": "mV", "sampling_rate": 1000.0}
    assert read(tmp_path, "".join(lines) + "\n\n", **hints).warnings == ()
    assert read(tmp_path, "\n".join(lines), **hints).warnings == ()
    recording = read(tmp_path, "".join([*lines[:30], "\n", *lines[30:]]), **hints)
    assert recording.n_samples == 50
    assert recording.warnings[0].startswith("line 31 is blank or a comment (1 such among the numbers)")


def test_times_of_as_many_significant_digits() -> None:
    # As %g prints them, the later ones have fewer decimals.
    times = np.array([float(f"{k * 0.025:g}") for k in range(50_000)])
    assert rate_of_times(times, "t", "ms")[0] == 40_000.0
    # Beyond 10 s with one decimal: 0, 0, 0, 0.1 is no lost row.
    times = np.array([float(f"{k * 0.025:g}") for k in range(402_000)])
    assert rate_of_times(times, "t", "ms")[0] == 40_000.0


@pytest.mark.parametrize(
    ("step", "unit", "rate"), [(5e-5, "s", 20_000.0), (0.05, "ms", 20_000.0), (1e-3, "s", 1000.0)]
)
def test_times_without_a_unit_are_taken_by_their_step(
    tmp_path: Path, step: float, unit: str, rate: float
) -> None:
    table = "".join(f"{k * step:.5f}\t{v}\n" for k, v in enumerate(MV))
    recording = read(tmp_path, table, unit="mV")
    assert recording.sampling_rate == pytest.approx(rate)
    assert recording.header["time_unit"] == unit


def test_real_text_recordings() -> None:
    dummy = Text().read(
        recording_file("bluepyefe/dummy_ch1_cols.txt"), Hints(unit="mV", sampling_rate=10_000)
    )
    raw = np.loadtxt(recording_file("bluepyefe/dummy_ch1_cols.txt"))
    assert len(dummy.sweeps) == raw.shape[1] == 27
    np.testing.assert_allclose(dummy.read_sweep(5)[:, 0], raw[:, 5] * 1e-3, rtol=1e-6)
    elephant = recording_file("elephant/spike_extraction_test_data.txt")
    volts = Text().read(elephant, Hints(unit="V", sampling_rate=10_000)).read()[:, 0]
    np.testing.assert_allclose(volts, np.loadtxt(elephant), rtol=1e-6)
    four = Text().read(recording_file("neo/example_data.txt"), Hints(unit="mV", sampling_rate=10_000))
    assert np.diff(four.sweeps.bounds).tolist() == [10_001] * 4


def test_a_list_of_settings_is_no_recording() -> None:
    path = recording_file("bluepyefe/protocol.txt")
    assert not Text().recognises(path, path.read_bytes())
    with pytest.raises(UnreadableFile, match="no table of numbers"):
        Text().read(path, Hints(unit="mV", sampling_rate=10_000))


def test_workbooks(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["a remark, and no numbers"])
    for name, shift in (("cell 1", 0.0), ("cell 2", 5.0)):
        sheet = book.create_sheet(name)
        sheet.append(["time (ms)", "Vm (mV)"])
        for k, v in enumerate(MV):
            sheet.append([k * 0.05, v + shift])
    book.save(tmp_path / "cells.xlsx")
    with pytest.raises(MissingFact, match=r"1 cell 1 .*2 cell 2"):
        Excel().read(tmp_path / "cells.xlsx", Hints())
    for variable in ("cell 2", "2"):
        recording = Excel().read(tmp_path / "cells.xlsx", Hints(variable=variable))
        np.testing.assert_allclose(recording.read()[:, 0], (np.array(MV) + 5) * 1e-3, rtol=1e-6)
    assert recording.sampling_rate == pytest.approx(20_000)


def test_words_within_a_sheets_table_are_refused(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["Vm (mV)"], [1.0], ["oops"], [2.0]):
        book.active.append(row)
    book.save(tmp_path / "cells.xlsx")
    with pytest.raises(UnreadableFile, match="row 3"):
        Excel().read(tmp_path / "cells.xlsx", Hints(sampling_rate=1000.0))
