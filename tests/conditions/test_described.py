"""What is said of conditions, once where it holds for all."""

from spikelens.conditions.analysis import measure_conditions
from spikelens.conditions.report import describe_conditions
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from tests.conditions.test_measuring import EPOCHS, planted


def test_why_a_measure_fits_no_condition_is_said_once_and_values_have_units() -> None:
    recording, _ = planted()
    found = find_in(recording, Request(method="prominence").checked())
    measured = measure_conditions(found.recording, found.spikes, EPOCHS, measures=["train", "steps"])
    told = describe_conditions(found, measured)
    assert sum("what current was injected" in text for text in told.warnings) == 1
    assert all(row["note"] == "" for row in measured.rows)
    (table,) = [part for part in told.sections[1].parts if hasattr(part, "header")]
    assert table.header == ["measure", "control", "drug", "wash"]
    rows = {str(row[0]): row[1:] for row in table.rows}
    assert rows["average_rate"][1] == "8 Hz"
