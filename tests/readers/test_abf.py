"""ABF against Neo and pyABF, on every recording of the format there is."""

from __future__ import annotations

import pickle
import struct
import warnings
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints
from spikelens.readers._abf_command import CommandSource, is_known
from spikelens.readers._abf_header import Epoch, Output
from spikelens.readers.abf import Abf
from spikelens.recording import Recording
from tests.data import recording_file

FILES = (
    "myokit/abf-v1.abf",
    "myokit/abf-v2.abf",
    "pyabf/171116sh_0016.abf",
    "pyabf/171116sh_0018.abf",
    "pyabf/17o05024_vc_steps.abf",
    "pyabf/17o05028_ic_steps.abf",
    "pyabf/18425108.abf",
    "pyabf/18425108_abf1.abf",
    "pyabf/2019_05_02_DIC2_0011.abf",
    "pyabf/2019_07_24_0055_fsi.abf",
    "pyabf/2020_07_29_0062.abf",
    "pyabf/File_axon_1.abf",
    "pyabf/File_axon_2.abf",
    "pyabf/File_axon_3.abf",
    "pyabf/opto_aps_bad_units.abf",
    "pyabf/opto_aps_good_units.abf",
)
FACTORS = {"mV": 1e-3, "V": 1.0, "pA": 1e-12, "nA": 1e-9}
each_file = pytest.mark.parametrize("name", FILES)


def opened(name: str, **hints: object) -> Recording:
    return Abf().read(recording_file(name), Hints(**hints))


def by_pyabf(name: str):
    pyabf = pytest.importorskip("pyabf", reason="pyABF is the judge here; the extra abf brings it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyabf.ABF(recording_file(name))


@each_file
def test_samples_are_those_of_pyabf(name):
    recording, judge = opened(name), by_pyabf(name)
    assert recording.sampling_rate == pytest.approx(judge.dataRate, rel=1e-6)
    assert [c.name for c in recording.channels] == judge.adcNames
    assert [c.stated_unit for c in recording.channels] == judge.adcUnits
    for k, channel in enumerate(recording.channels):
        factor = FACTORS[channel.stated_unit]
        # pyABF keeps float32 in the file's unit; one step of that is the tolerance.
        expected = judge.data[k] * factor
        np.testing.assert_allclose(recording.read()[:, k], expected, rtol=3e-7, atol=1e-6 * factor)


@each_file
def test_sweeps_and_samples_are_those_of_neo(name):
    from neo.rawio import AxonRawIO

    recording = opened(name)
    judge = AxonRawIO(str(recording_file(name)))
    judge.parse_header()
    n_sweeps = judge.segment_count(0)
    assert len(recording.sweeps) == n_sweeps
    starts = [judge.segment_t_start(0, k) for k in range(n_sweeps)]
    np.testing.assert_allclose(recording.sweeps.start_times, starts, atol=1e-9)
    for k in {0, n_sweeps - 1}:
        stored = judge.get_analogsignal_chunk(0, k, stream_index=0)
        low, high = recording.sweeps.bounds[k : k + 2]
        np.testing.assert_array_equal(recording.stored(int(low), int(high)), stored)


@each_file
def test_the_command_is_that_of_pyabf(name):
    recording, judge = opened(name), by_pyabf(name)
    if recording.stimulus is None or recording.stimulus.origin != "reconstructed":
        pytest.skip("no command to rebuild")
    if judge.abfVersion["major"] == 1:
        pytest.skip("pyABF takes the first epoch's level of version 1 for the holding level")
    output = judge.dacNames.index(recording.stimulus.channel.name)
    factor = FACTORS[recording.header["command_unit"]]
    for sweep in sorted({0, 1, len(recording.sweeps) - 1} & set(range(len(recording.sweeps)))):
        low, high = recording.sweeps.bounds[sweep : sweep + 2]
        found = recording.stimulus.read(int(low), int(high))
        expected = judge.stimulusByChannel[output].stimulusWaveform(sweep)
        np.testing.assert_allclose(found, expected * factor, rtol=1e-6, atol=1e-9 * factor)


def test_the_command_of_version_1_is_that_of_myokit():
    axon = pytest.importorskip("myokit.formats.axon", reason="Myokit is the judge; the extra heka brings it")
    judge = axon.AbfFile(str(recording_file("myokit/abf-v1.abf")))
    recording = opened("myokit/abf-v1.abf")
    for sweep, (low, high) in enumerate(pairwise(recording.sweeps.bounds)):
        expected = judge[sweep][1].values() * 1e-3
        np.testing.assert_allclose(recording.stimulus.read(int(low), int(high)), expected, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("171116sh_0018", "current-clamp"),
        ("17o05024_vc_steps", "voltage-clamp"),
        ("18425108", "current-clamp"),
        ("2020_07_29_0062", "current-clamp"),
        ("File_axon_1", "unknown"),
        ("File_axon_2", "current-clamp"),
        ("File_axon_3", "current-clamp"),
        ("opto_aps_good_units", "current-clamp"),
        ("opto_aps_bad_units", "unknown"),
    ],
)
def test_the_clamp_mode_follows_from_quantities(name, mode):
    assert opened(f"pyabf/{name}.abf").mode == mode


def test_versions_1_and_2_of_one_trace_are_equal():
    new, old = opened("pyabf/18425108.abf"), opened("pyabf/18425108_abf1.abf")
    # The version 1 file was exported: its voltages are shifted by one step of the digitiser.
    np.testing.assert_allclose(old.read()[:, 0], new.read()[:, 0], atol=1e-13)
    assert np.abs(old.read()[:, 1] - new.read()[:, 1]).max() < 3.1e-5
    assert [c.quantity for c in old.channels] == ["current", "voltage"]
    assert old.stimulus and new.stimulus
    np.testing.assert_array_equal(old.stimulus.read(0, old.n_samples), new.stimulus.read(0, new.n_samples))
    assert old.events.label == new.events.label
    np.testing.assert_allclose(old.events.start, new.events.start)
    assert old.header["protocol"] == new.header["protocol"]


def test_the_rebuilt_pulses_are_where_the_recorded_current_shows_them():
    recording = opened("pyabf/18425108.abf")
    command = recording.stimulus.read(0, recording.n_samples)
    measured = recording.read()[:, 0]
    assert np.count_nonzero(np.diff((command > 1e-9).astype(int)) == 1) == 20
    assert np.corrcoef(command, measured)[0, 1] > 0.9


def test_sweeps_start_when_they_truly_did():
    starts = opened("pyabf/File_axon_3.abf").sweeps.start_times
    np.testing.assert_allclose(starts, [0, 90, 180, 270, 360])


def test_light_pulses_are_events():
    pulses = opened("pyabf/opto_aps_good_units.abf").events.of_source("ttl")
    assert len(pulses) == 150
    assert set(pulses.label) == {"digital 4"}
    np.testing.assert_allclose(pulses.stop - pulses.start, 2e-3, atol=1e-9)
    np.testing.assert_allclose(np.diff(pulses.start[:50]), 0.1, atol=1e-9)


def test_tags_keep_time_and_comment():
    tags = opened("pyabf/File_axon_2.abf").events.of_source("tag")
    np.testing.assert_allclose(tags.start, [26.765, 426.701, 426.701, 625.373])
    assert tags.label[0] == "Clampex start acquisition"
    assert "résultats" in tags.label[1]
    # Ticks of a two-channel file count the values of both.
    assert opened("pyabf/2020_07_29_0062.abf").events.start == pytest.approx([0.9216])


def test_the_header_holds_what_a_check_of_units_needs():
    facts = opened("pyabf/opto_aps_bad_units.abf").header
    assert facts["command_unit"] == "pA"
    assert facts["holding"] == 0
    assert facts["inputs"]["IN 0"]["telegraph_gain"] == 1
    assert facts["inputs"]["IN 0"]["telegraph_mode"] == "current-clamp"
    assert facts["inputs"]["IN 0"]["volts_per_unit"] == pytest.approx(5e-4)
    assert "opto" in facts["protocol"]
    assert facts["date"].startswith("2019-08-14")


def test_a_stated_unit_wins_and_is_said():
    recording = opened("pyabf/opto_aps_bad_units.abf", unit="mV", scale=0.05)
    assert recording.mode == "current-clamp"
    assert "as asked" in recording.warnings[0]
    assert -0.09 < np.median(recording.read()) < -0.07


def test_pickles_are_small_and_slices_agree():
    recording = opened("pyabf/opto_aps_good_units.abf")
    again = pickle.loads(pickle.dumps(recording))
    assert len(pickle.dumps(recording)) < 20_000
    np.testing.assert_array_equal(again.read(399_990, 400_010), recording.read()[399_990:400_010])
    whole = recording.stimulus.read(0, recording.n_samples)
    np.testing.assert_array_equal(again.stimulus.read(399_000, 505_000), whole[399_000:505_000])


@pytest.mark.parametrize("kept", [0, 3, 4, 100, 600, 3000, 6100, 100_000, 440_000])
def test_a_cut_file_is_refused_in_one_line(tmp_path: Path, kept):
    path = tmp_path / "cut.abf"
    path.write_bytes(recording_file("pyabf/171116sh_0016.abf").read_bytes()[:kept])
    with pytest.raises(UnreadableFile, match=r"cut\.abf") as error:
        Abf().read(path, Hints())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("place", range(8, 316, 4))
def test_a_damaged_header_never_gives_a_traceback(tmp_path: Path, place):
    raw = bytearray(recording_file("pyabf/171116sh_0016.abf").read_bytes())
    struct.pack_into("<i", raw, place, -7)
    (tmp_path / "odd.abf").write_bytes(raw)
    # Any other exception than ours fails the test; some fields do no harm.
    with suppress(UnreadableFile):
        Abf().read(tmp_path / "odd.abf", Hints())


def _wave(kind: int, **facts: int) -> np.ndarray:
    epoch = Epoch(0, kind, 10.0, 0.0, 100, 0, facts.get("period", 20), facts.get("width", 5))
    output = Output(0, "Cmd", "pA", 2.0, True, 1, False, (epoch,))
    assert is_known(output)
    return CommandSource(output, np.array([0, 640])).sweep(0)


def test_each_kind_of_epoch_has_its_shape():
    step, ramp, pulses, triangles, cosine, biphasic = (_wave(kind) for kind in (1, 2, 3, 4, 5, 7))
    for wave in (step, ramp, pulses, triangles, cosine, biphasic):
        assert (wave[:10] == 2).all() and (wave[110:] == 2).all()
    assert (step[10:110] == 10).all()
    assert np.allclose(np.diff(ramp[10:110]), 8 / 99)
    assert np.count_nonzero(pulses[10:110] == 10) == 25
    assert triangles[14] == 10 and triangles[29] == 2
    assert cosine[10] == pytest.approx(2) and cosine[20] == pytest.approx(10, abs=0.1)
    assert biphasic[10:110].max() == 10 and biphasic[10:110].min() == -6


def test_a_last_level_can_stay_between_sweeps():
    epoch = Epoch(0, 1, 10.0, 5.0, 100, 0, 0, 0)
    source = CommandSource(Output(0, "Cmd", "pA", 0.0, True, 1, True, (epoch,)), np.array([0, 640, 1280]))
    assert source.sweep(0)[[5, 50, 300]].tolist() == [0, 10, 10]
    assert source.sweep(1)[[5, 50, 300]].tolist() == [10, 15, 15]
    taking_turns = CommandSource(source.output, source.bounds, turn=1)
    assert taking_turns.sweep(0)[50] == 0


def test_epochs_of_unknown_kind_are_not_guessed():
    odd = Output(0, "Cmd", "pA", 0.0, True, 1, False, (Epoch(0, 6, 1.0, 0.0, 10, 0, 0, 0),))
    assert not is_known(odd)
