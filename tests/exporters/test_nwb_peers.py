"""NWB files in the hands of others: the validator, nwbinspector, Neo and pynapple."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import spikelens
from spikelens.errors import BadParameter, MissingFact
from spikelens.exporters.nwb import Nwb
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import spikes_of_trains
from tests.data import recording_file
from tests.exporters.cases import in_sweeps, simulated, table

pytestmark = pytest.mark.filterwarnings("ignore:.*:Warning:(pynwb|hdmf|neo|pynapple|nwbinspector)")
FACTS = {
    "session_description": "Current steps in a layer 5 pyramidal cell.",
    "session_start_time": "2024-05-06T07:08:00+02:00",
    "subject_id": "m7",
    "species": "Mus musculus",
    "sex": "F",
    "age": "P70D",
    "experimenter": "Doe, Jane; Roe, Richard",
    "institution": "University",
    "lab": "Lab",
    "location": "VISp",
}


def cell() -> tuple[Recording, Spikes]:
    recording = spikelens.read(recording_file("pyabf/171116sh_0018.abf"))
    return recording, spikelens.find(recording)


def probe() -> tuple[Recording, Spikes]:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 20, (20_000, 4)).astype(np.int16)
    recording = Recording.from_array(samples, 20_000.0, gain=1.95e-7, mode="extracellular", name="probe")
    trains = {0: np.sort(rng.integers(100, 19_900, 30)), 3: np.sort(rng.integers(100, 19_900, 20))}
    return recording, spikes_of_trains(recording, trains, made_by="test", in_samples=True)


def complaints(path: Path) -> list[str]:
    """What nwbinspector calls critical, an error or a violation, by its own rules and the archive's."""
    inspector = pytest.importorskip("nwbinspector", reason="nwbinspector is absent")
    worst = ("ERROR", "PYNWB_VALIDATION", "CRITICAL", "BEST_PRACTICE_VIOLATION")
    return [
        f"{message.importance.name}: {message.check_function_name}: {message.message}"
        for config in (None, inspector.load_config("dandi"))
        for message in inspector.inspect_nwbfile(nwbfile_path=path, config=config)
        if message.importance.name in worst
    ]


@pytest.mark.parametrize("what", [cell, probe])
def test_the_validator_and_nwbinspector_have_nothing_to_say(tmp_path, what):
    from pynwb import validate

    recording, spikes = what()
    path = spikes.to_nwb(tmp_path / "a.nwb", recording, **FACTS)
    assert validate(path=path) == []
    assert complaints(path) == []


def test_every_feature_goes_with_its_rule_and_all_comes_back(tmp_path):
    from pynwb import NWBHDF5IO

    recording, spikes = cell()
    kinds = np.where(np.arange(len(spikes)) % 2, "doublet", "single")
    spikes = spikes.with_columns({"kind": kinds})
    path = recording.to_nwb(tmp_path / "a.nwb", spikes, **FACTS)
    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        rows = file.processing["icephys"]["spikes"]
        assert len(rows) == len(spikes) == 117 and set(spikes.columns) == set(rows.colnames)
        assert rows["threshold_v"].description.endswith("[V]")
        assert rows["threshold_v"].description.startswith(spikes.rules["threshold_v"])
        assert list(rows["kind"][:4]) == ["single", "doublet"] * 2
        np.testing.assert_array_equal(rows["probability"][:], spikes.probability)
        assert len(file.intracellular_recordings) == len(file.icephys_simultaneous_recordings) == 17
        assert len(file.icephys_experimental_conditions) == 1
        first = file.intracellular_recordings[0]
        assert first[("responses", "response")].iloc[0].timeseries.name == "sweep_0000"
        assert first[("stimuli", "stimulus")].iloc[0].timeseries.name == "stimulus_0000"
        shapes = file.units["waveforms"][0]
        assert len(shapes) == 117 and file.units["waveform_mean"][0].shape == (60,)
        peak = recording.select(0).read(int(spikes.sample_index[3]), int(spikes.sample_index[3]) + 1)
        assert shapes[3][0][20] == peak[0, 0]
        told = json.loads(file.scratch["spikelens_parameters"].data)
        assert told["method"] == "adaptive" and told["feature_rule"] == "spikelens"
        assert "digest" in json.loads(file.scratch["spikelens_model_card"].data)
        assert json.loads(file.scratch["spikelens_edit_history"].data) == []
        assert file.subject.species == "Mus musculus" and len(file.experimenter) == 2
    back = Spikes.from_nwb(path, spikelens.read(path))
    for name in spikes.columns:
        if name not in ("channel", "channel_index"):
            np.testing.assert_array_equal(back[name], spikes[name], err_msg=name)
    assert back.units == spikes.units and back.rules == spikes.rules
    assert back.provenance.parameters == spikes.provenance.parameters
    assert back.stretches.start.tolist() == spikes.stretches.start.tolist()
    assert back.stretches.stop.tolist() == spikes.stretches.stop.tolist()


def test_neo_and_pynapple_read_the_same_volts_and_spikes(tmp_path):
    from neo.io import NWBIO

    pynapple = pytest.importorskip("pynapple", reason="pynapple is absent")
    recording, spikes = cell()
    path = spikes.to_nwb(tmp_path / "a.nwb", recording, **FACTS)
    volts = recording.select(0)
    segment = NWBIO(str(path), mode="r").read_all_blocks()[0].segments[0]
    signals = {s.name: s for s in segment.analogsignals}
    theirs = pynapple.load_file(str(path))
    for sweep in (0, 9, 16):
        ours = volts.read_sweep(sweep)[:, 0]
        seen = signals[f"sweep_{sweep:04d}"]
        np.testing.assert_array_equal(seen.rescale("V").magnitude.ravel().astype(np.float32), ours)
        began = float(recording.time_of(int(recording.sweeps.bounds[sweep])))
        assert float(seen.t_start.rescale("s")) == pytest.approx(began)
        trace = theirs[f"sweep_{sweep:04d}"]
        np.testing.assert_array_equal(np.asarray(trace.values).ravel(), ours)
        np.testing.assert_allclose(trace.t[[0, -1]], [began, began + (ours.size - 1) / 20_000], atol=1e-9)
    (train,) = segment.spiketrains
    np.testing.assert_allclose(train.rescale("s").magnitude, spikes.time, atol=1e-9)
    group = theirs["units"]
    np.testing.assert_allclose(group[0].t, spikes.time, atol=1e-9)


def test_units_of_a_probe_are_on_its_electrodes(tmp_path):
    from pynwb import NWBHDF5IO

    recording, spikes = probe()
    path = spikes.to_nwb(tmp_path / "a.nwb", recording, **FACTS)
    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        series = file.acquisition["ElectricalSeries"]
        assert series.conversion == 1.0 and series.data.dtype == np.float32
        np.testing.assert_array_equal(series.data[:], recording.read())
        assert list(file.electrodes["channel_name"][:]) == [f"ch{k}" for k in range(4)]
        assert file.units.id[:].tolist() == [0, 3]
        assert list(file.units["electrodes"][0]["channel_name"]) == ["ch0"]
        np.testing.assert_allclose(file.units["obs_intervals"][0], [[0, 1]])
        assert len(file.processing["ecephys"]["spikes"]) == 50
    back = Spikes.from_nwb(path, spikelens.read(path))
    np.testing.assert_array_equal(back["unit_id"], spikes["unit_id"])


def test_of_several_channels_that_of_the_spikes_is_written(tmp_path):
    samples = np.column_stack([np.zeros(500), np.linspace(-0.07, 0, 500)]).astype(np.float32)
    recording = Recording.from_array(samples, 1000.0, name="two")
    spikes = table(recording, [0.1, 0.2]).with_columns({"channel_index": np.array([1, 1], np.int32)})
    path = spikes.to_nwb(tmp_path / "a.nwb", recording, **FACTS)
    np.testing.assert_array_equal(spikelens.read(path).read()[:, 0], samples[:, 1])


def test_what_nobody_said_of_subject_and_session_is_asked_for(tmp_path):
    recording = in_sweeps()
    with pytest.raises(
        MissingFact, match="--session-description, --session-start-time, --subject-id"
    ) as asked:
        recording.to_nwb(tmp_path / "a.nwb")
    assert "--age" in str(asked.value) and "\n" not in str(asked.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"age": "70 days"}, "P70D"),
        ({"species": "mouse"}, "Mus musculus"),
        ({"session_start_time": "now"}, "read like"),
    ],
)
def test_facts_that_archives_refuse_are_refused(tmp_path, wrong, told):
    with pytest.raises(BadParameter, match=told):
        in_sweeps().to_nwb(tmp_path / "a.nwb", **(FACTS | wrong))


def test_a_file_that_was_nwb_keeps_its_subject(tmp_path):
    simulation = simulated()
    simulation.recording.to_nwb(tmp_path / "a.nwb", **FACTS)
    again = spikelens.read(tmp_path / "a.nwb")
    again.to_nwb(tmp_path / "b.nwb")
    assert spikelens.read(tmp_path / "b.nwb").header["subject_species"] == "Mus musculus"


def test_results_go_into_a_copy_of_somebodys_file(tmp_path):
    from pynwb import NWBHDF5IO, validate

    recording, spikes = in_sweeps(), table(in_sweeps(), [0.1, 0.2, 90.05])
    recording.to_nwb(tmp_path / "theirs.nwb", **FACTS)
    before = (tmp_path / "theirs.nwb").read_bytes()
    opened = spikelens.read(tmp_path / "theirs.nwb")
    Nwb().append(tmp_path / "theirs.nwb", spikes, opened, out=tmp_path / "copy.nwb")
    assert (tmp_path / "theirs.nwb").read_bytes() == before
    fewer = spikes.take(spikes.sweep == 0)
    Nwb().append(tmp_path / "copy.nwb", fewer, opened)
    assert validate(path=tmp_path / "copy.nwb") == []
    with NWBHDF5IO(tmp_path / "copy.nwb", "r") as io:
        room = io.read().processing["icephys"]
        assert set(room.data_interfaces) == {"spikes", "spikes_2", "observed", "observed_2", "units"}
        np.testing.assert_array_equal(room["units"]["spike_times"][0], fewer.time)
    back = Spikes.from_nwb(tmp_path / "copy.nwb", opened)
    np.testing.assert_array_equal(back.time, [0.1, 0.2])
    assert back.provenance.method == "level" and len(back.stretches) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.nwb", "theirs.nwb"]


def test_series_that_start_together_get_tables_and_no_units(tmp_path):
    from pynwb import NWBHDF5IO, validate

    path = recording_file("nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb")
    recording = spikelens.read(path)
    spikes = spikelens.find(recording, "prominence")
    Nwb().append(path, spikes, recording, out=tmp_path / "copy.nwb")
    # Their file has three complaints of its own, and no more of ours.
    assert {str(e) for e in validate(path=tmp_path / "copy.nwb")} <= {str(e) for e in validate(path=path)}
    with NWBHDF5IO(tmp_path / "copy.nwb", "r") as io:
        file = io.read()
        assert file.units is None
        rows = file.processing["icephys"]["spikes"]
        assert "laid end to end" in rows["time"].description
        for k in (0, len(spikes) // 2, -1):
            series = file.acquisition[rows["series"][k]]
            at = round(rows["time_in_sweep"][k] * series.rate)
            volts = series.data[max(at - 20, 0) : at + 20] * series.conversion
            assert np.argmax(volts) in (19, 20, 21)
    np.testing.assert_array_equal(Spikes.from_nwb(tmp_path / "copy.nwb", recording).time, spikes.time)
