"""f-I curves by condition, on a cell whose resistance the drug doubles."""

import json
from pathlib import Path

import numpy as np
import pytest

from spikelens import measure_conditions, measure_fi_curves, measure_steps
from spikelens.book.binding import CHIEF
from spikelens.conditions.epochs import Epoch
from spikelens.conditions.report import describe_conditions
from spikelens.errors import UnsupportedInput
from spikelens.html import Table
from spikelens.runs.analysis import write_analysis
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from tests.conditions.cells import CONTROL, CURRENTS, DRUGGED, drugged
from tests.conditions.test_measuring import EPOCHS, planted


def test_each_condition_has_the_curve_of_its_own_cell() -> None:
    recording, spikes, epochs = drugged()
    curves = measure_fi_curves(recording, spikes, epochs)
    assert list(curves) == ["control", "drug"]
    for curve, cell in zip(curves.values(), (CONTROL, DRUGGED), strict=True):
        assert curve.current == pytest.approx(CURRENTS, abs=1e-14)
        # A spike more or less in half a second is 2 Hz.
        assert curve.rate == pytest.approx([cell.rate(x) for x in CURRENTS], abs=2.0)
        assert curve.rheobase == pytest.approx(min(x for x in CURRENTS if x > cell.rheobase))
        assert curve.gain is not None and not curve.is_blocked.any()
    assert curves["drug"].gain.slope > curves["control"].gain.slope


def test_sweeps_of_one_current_are_one_point_and_an_epoch_of_all_is_the_whole_curve() -> None:
    recording, spikes, epochs = drugged()
    both = measure_fi_curves(recording, spikes, [Epoch("all", epochs[0].start, epochs[1].stop)])["all"]
    steps = measure_steps(recording, spikes)
    assert both.n_sweeps.tolist() == [2] * len(CURRENTS)
    assert both.rheobase == steps.cell["rheobase"]
    last = [row["average_rate"] for row in steps.measured if row["current"] == both.current[-1]]
    assert both.rate[-1] == pytest.approx(np.mean(last))


def test_no_steps_have_no_curve_and_the_reason_is_told() -> None:
    recording, spikes = planted()
    with pytest.raises(UnsupportedInput, match=r"no condition has an f-I curve: .*what current was injected"):
        measure_fi_curves(recording, spikes, EPOCHS)
    assert measure_conditions(recording, spikes, EPOCHS, measures=["steps"]).fi_curves == {}


def test_page_table_and_record_hold_the_curves(tmp_path: Path) -> None:
    recording, spikes, epochs = drugged()
    found = find_in(recording, Request(method="prominence").checked())
    told = describe_conditions(found, measure_conditions(recording, spikes, epochs, measures=["steps"]))
    (section,) = [s for s in told.sections if s.title == "Rate over current, by condition"]
    picture, table = section.parts
    assert picture.name in CHIEF["conditions"], "the first page of a book shows it"
    drawn = {line.get_label(): line for line in picture.figure.axes[0].get_lines()}
    assert drawn["drug"].get_ydata().max() > 1.5 * drawn["control"].get_ydata().max()
    assert isinstance(table, Table)
    assert [row[:3] for row in table.rows] == [["control", 14, "150 pA"], ["drug", 14, "75 pA"]]
    record = write_analysis(told, tmp_path)
    assert len(record["fi_curves"]) == 2 * len(CURRENTS)
    assert json.loads((tmp_path / "run.json").read_text())["fi_curves"] == record["fi_curves"]
    assert (tmp_path / "fi_curves.csv").read_text().startswith("condition,current,average_rate,sweeps,")
    assert "fi_curves,current,A," in (tmp_path / "columns.csv").read_text()
    assert (tmp_path / "fi_curves.png").stat().st_size > 5000
