from __future__ import annotations

import json
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import SpikelensError, UnreadableFile, UnsupportedInput
from spikelens.probes import Probe, read_probe
from spikelens.probing import write_probe


def written(tmp_path, *probes, **more):
    path = tmp_path / "neuronexus.json"
    path.write_text(
        json.dumps({"specification": "probeinterface", "version": "0.2", "probes": probes, **more})
    )
    return path


def test_contacts_go_to_the_channels_they_name(tmp_path):
    one = {
        "si_units": "um",
        "contact_positions": [[0, 0], [0, 20], [0, 40]],
        "device_channel_indices": [2, -1, 0],
    }
    probe = read_probe(written(tmp_path, one), 4)
    assert probe.name == "neuronexus"
    np.testing.assert_array_equal(probe.positions[[2, 0]], [[0, 0], [0, 40]])
    assert np.isnan(probe.positions[[1, 3]]).all()
    near = probe.near(50.0)
    assert near[0].tolist() == [0, 2] and near[2].tolist() == [2, 0]
    assert near[1].tolist() == [1, -1] and near[3].tolist() == [3, -1]


@pytest.mark.parametrize(("unit", "factor"), [("um", 1.0), ("mm", 1e-3), ("m", 1e-6)])
def test_positions_are_in_micrometres(tmp_path, unit, factor):
    one = {"si_units": unit, "contact_positions": [[0, 0], [30 * factor, 40 * factor]]}
    probe = read_probe(written(tmp_path, one), 2)
    assert probe.near(50.1)[0].tolist() == [0, 1]
    assert probe.near(49.9)[0].tolist() == [0]


def test_shanks_and_probes_do_not_see_each_other(tmp_path):
    positions = [[0, 0], [0, 10], [0, 20]]
    one = {"contact_positions": positions, "device_channel_indices": [0, 1, 2], "shank_ids": ["a", "a", "b"]}
    two = {"contact_positions": positions[:1], "device_channel_indices": [3]}
    probe = read_probe(written(tmp_path, one, two), 4)
    assert [sorted(k for k in row if k >= 0) for row in probe.near(100.0).tolist()] == [
        [0, 1],
        [0, 1],
        [2],
        [3],
    ]


@pytest.mark.parametrize("n_axes", [2, 3])
def test_what_is_written_is_read_back(tmp_path, n_axes):
    places = np.arange(5.0 * n_axes).reshape(5, n_axes)
    places[3] = np.nan
    probe = Probe(places, np.array([4, 4, 9, 1, 9]), "mine")
    write_probe(tmp_path / "mine.json", probe)
    back = read_probe(tmp_path / "mine.json", 5)
    np.testing.assert_array_equal(back.positions, places)
    np.testing.assert_array_equal(back.near(100.0), probe.near(100.0))


def by_probeinterface(what, path):
    """What the library itself says of a file, or writes into it."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with probeinterface")
    driver = Path(__file__).with_name("peer_probeinterface.py")
    done = subprocess.run([python, str(driver), what, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.peers
def test_probeinterface_reads_what_we_write(tmp_path):
    places = np.column_stack([np.arange(6) % 2 * 32.0, np.arange(6) * 20.0])
    places[4] = np.nan
    write_probe(tmp_path / "ours.json", Probe(places, np.array([0, 0, 0, 1, 1, 1]), "ours"))
    said = by_probeinterface("read", tmp_path / "ours.json")
    assert said["channels"] == [0, 1, 2, 3, 5] and said["shanks"] == ["0", "0", "0", "1", "1"]
    np.testing.assert_array_equal(said["positions"], np.delete(places, 4, axis=0))


@pytest.mark.peers
def test_we_read_what_probeinterface_writes(tmp_path):
    said = by_probeinterface("write", tmp_path / "theirs.json")
    probe = read_probe(tmp_path / "theirs.json", 16)
    np.testing.assert_allclose(probe.positions[said["channels"]], said["positions"])
    groups = probe.groups[said["channels"]]
    named = list(zip(said["probes"], said["shanks"], strict=True))
    for k, name in enumerate(named):
        assert (groups == groups[k]).tolist() == [name == other for other in named]


def test_three_dimensions(tmp_path):
    one = {"contact_positions": [[0, 0, 0], [0, 0, 60]]}
    assert read_probe(written(tmp_path, one), 2).near(50.0).tolist() == [[0], [1]]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"probes": 3}', '{"probes": [{"si_units": "um"}]}', '{"probes": []}',
             '{"probes": [{"contact_positions": [[0,0]], "si_units": "inch"}]}',
             '{"probes": [{"contact_positions": [[0,0],[1,1]], "device_channel_indices": [0, 0]}]}']
)  # fmt: skip
def test_what_is_no_probe_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=r"p\.json") as caught:
        read_probe(path, 4)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_foreign_probe_are_said(tmp_path):
    with pytest.raises(SpikelensError, match="No such file"):
        read_probe(tmp_path / "none.json", 4)
    one = {"contact_positions": [[0, 0], [0, 20]], "device_channel_indices": [0, 7]}
    with pytest.raises(UnsupportedInput, match=r"channel 7.* 4 channels"):
        read_probe(written(tmp_path, one), 4)


def test_a_probe_that_does_not_fit_is_refused_or_doubted(tmp_path):
    few = {"contact_positions": [[0, 0], [0, 20]]}
    with pytest.raises(UnsupportedInput, match=r"2 contact\(s\) and the recording 4 channels"):
        read_probe(written(tmp_path, few), 4)
    with pytest.raises(UnsupportedInput, match=r"no contact of .* is wired to a channel"):
        read_probe(written(tmp_path, few | {"device_channel_indices": [-1, -1]}), 4)
    assert read_probe(written(tmp_path, few), 2).doubts() == []
    [doubt] = read_probe(written(tmp_path, few | {"device_channel_indices": [3, 0]}), 4).doubts()
    assert "has no contact for 2 of 4 channels (1, 2): each is taken" in doubt
    [doubt] = read_probe(written(tmp_path, {"contact_positions": [[5, 20]] * 3}), 3).doubts()
    assert "all contacts of the probe neuronexus are at one place" in doubt
    assert Probe.apart(3).doubts() == []


def test_without_geometry_every_channel_is_alone():
    assert Probe.apart(3).near(1e9).tolist() == [[0], [1], [2]]


def test_some_channels_of_a_probe_and_its_key():
    probe = Probe(np.array([[0.0, 0], [0, 20], [0, 40]]), np.zeros(3, np.int64), "x")
    some = probe.of_channels([2, 1])
    assert some.positions.tolist() == [[0, 40], [0, 20]]
    assert some.key() != probe.key() and probe.key() == pickle.loads(pickle.dumps(probe)).key()
