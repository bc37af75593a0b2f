"""Many channels from Python."""

from __future__ import annotations

import numpy as np
import pytest

import spikelens
from spikelens.engines.serial import Serial
from spikelens.errors import BadParameter, UnknownName
from spikelens.recording import Recording
from spikelens.stretches import Stretches
from tests.probes.cases import GAIN, NO_WALLS, RATE, counts, found_in, line, random_places, search_of

N = 40_000
PLACES = random_places(N)


@pytest.fixture(scope="module")
def recording():
    return Recording.from_array(counts(N, PLACES), RATE, gain=GAIN, mode="extracellular", name="array")


def test_it_finds_what_the_search_finds(recording):
    spikes = spikelens.detect_on_probe(recording, line(), cutoff=7.0, reference="median")
    assert list(zip(spikes.sample_index, spikes["channel_index"], strict=True)) == found_in(
        search_of(recording)
    )
    assert spikes.provenance.method == "bandpass_mad" and spikes.provenance.parameters["cutoff"] == 7.0
    assert spikes.provenance.parameters["probe"] == "line" and spikes.units["height"] == "V"
    assert len(spikes.provenance.survey["noise_level"]) == 10


@pytest.mark.parametrize("chunk", [0.5, 1.1])
def test_engine_and_chunk_do_not_matter(recording, chunk):
    one = spikelens.detect_on_probe(recording, line())
    other = spikelens.detect_on_probe(recording, line(), engine=Serial(), chunk_duration=chunk)
    for name in one.columns:
        assert one[name].tobytes() == other[name].tobytes()


def test_only_the_stretches_are_searched(recording):
    walls = np.array([[0, 10_000]])
    spikes = spikelens.detect_on_probe(recording, line(), stretches=Stretches.between_walls(recording, walls))
    assert spikes.sample_index.min() >= 10_000 and spikes.stretches.n_samples() == N - 10_000


def test_upwards_and_without_geometry(recording):
    turned = Recording.from_array(-recording.stored(), RATE, gain=GAIN, mode="extracellular")
    spikes = spikelens.detect_on_probe(turned, upwards=True, cutoff=7.0)
    assert len(spikes) > 1.5 * len(PLACES) and (spikes.height > 0).all()


def test_what_lies_near_lost_samples_is_a_candidate(recording):
    stored = recording.stored().copy()
    stored[20_000:20_060] = 0
    spikes = spikelens.detect_on_probe(Recording.from_array(stored, RATE, gain=GAIN), line())
    assert spikes.candidates is not None and set(spikes.candidates["verdict"]) == {"artefact"}


def test_nothing_is_found_in_nothing():
    empty = Recording.from_array(np.empty((0, 4), np.int16), RATE, gain=GAIN)
    spikes = spikelens.detect_on_probe(empty, stretches=Stretches.between_walls(empty, NO_WALLS))
    assert len(spikes) == 0


def test_settings_are_checked(recording):
    with pytest.raises(UnknownName, match="parameter of bandpass_mad"):
        spikelens.detect_on_probe(recording, colour="blue")
    with pytest.raises(BadParameter, match="radius"):
        spikelens.detect_on_probe(recording, radius=-1)
