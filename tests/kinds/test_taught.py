"""Kinds from a person's own words: taught on some spikes, applied to the rest, kept in a file."""

from __future__ import annotations

import numpy as np
import pytest
from kinds_recordings import with_spikelets

import spikelens
from spikelens.errors import BadParameter, RequestError, UnreadableFile
from spikelens.kinds.naming import name_kinds
from spikelens.kinds.taught import apply_kinds, read_words, teach_kinds
from spikelens.learning import cut, label, train


@pytest.fixture(scope="module")
def cell():
    made = with_spikelets(31_100, 20.0)
    return made, name_kinds(spikelens.find(made.recording))


def write(path, rows, header="time,kind"):
    path.write_text("\n".join([header, *(f"{a},{b}" for a, b in rows)]) + "\n")
    return path


def words_of(made, n):
    """A person's words for the first `n` of each kind, a little off in time."""
    rows = [(t + 2e-4, "tall one") for t in made.full[:n]] + [(t - 2e-4, "7") for t in made.spikelets[:n]]
    return [*rows, (made.full[n], "?"), (made.full[n + 1], "")]


def test_a_dozen_words_name_the_rest(cell, tmp_path):
    made, kinds = cell
    said = read_words(write(tmp_path / "words.csv", words_of(made, 6)), kinds.spikes)
    assert said.rows.size == 12 and said.n_off == 0
    taught = teach_kinds(made.recording, kinds.spikes, said)
    assert taught.accuracy >= 0.9
    named = apply_kinds(made.recording, kinds, taught.model, said).spikes
    expected = np.where(kinds.spikes["kind"] == "spikelet", "7", "tall one")
    assert (named["kind"] == expected).mean() >= 0.98
    assert (named["kind_probability"][said.rows] == 1).all()
    assert ((named["kind_probability"] >= 0.5) & (named["kind_probability"] <= 1)).all()
    np.testing.assert_array_equal(named["context"], kinds.spikes["context"])


def test_a_model_names_another_recording(cell, tmp_path):
    made, kinds = cell
    said = read_words(write(tmp_path / "words.csv", words_of(made, 8)), kinds.spikes)
    spikelens.write_model(tmp_path / "m.spikemodel", teach_kinds(made.recording, kinds.spikes, said).model)
    model = spikelens.read_model(tmp_path / "m.spikemodel")
    other = with_spikelets(31_101, 10.0)
    named = apply_kinds(other.recording, name_kinds(spikelens.find(other.recording)), model).spikes
    rows = [int(np.abs(named.time - t).argmin()) for t in other.full]
    assert (named["kind"][rows] == "tall one").mean() >= 0.95


def test_a_spike_at_the_edge_has_no_kind(cell, tmp_path):
    made, kinds = cell
    said = read_words(write(tmp_path / "words.csv", words_of(made, 5)), kinds.spikes)
    model = teach_kinds(made.recording, kinds.spikes, said).model
    first = kinds.spikes.sample_index[0]
    start = (first - 10) / made.recording.sampling_rate
    late = spikelens.find(made.recording, stretches=spikelens.observed(made.recording, start=start))
    near = kinds.spikes.sample_index - late.stretches.start[0]
    named = apply_kinds(made.recording, name_kinds(late), model).spikes
    if near[0] == 10 and named.sample_index[0] == first:
        assert named["kind"][0] == "" and np.isnan(named["kind_probability"][0])
    assert (named["kind"][1:] != "").all()


@pytest.mark.parametrize(
    ("rows", "header", "error"),
    [
        ([("x", "a")], "time,kind", "not a number"),
        ([("nan", "a")], "time,kind", "not a number"),
        ([("", "a")], "time,kind", "not a number"),
        ([(1.0, "a")], "when,kind", "needs the columns"),
        ([(1.0, "")], "time,kind", "needs the columns"),
        ([(1e4, "a")], "time,kind", "lies on a spike"),
    ],
)
def test_bad_words_are_refused(cell, tmp_path, rows, header, error):
    with pytest.raises((UnreadableFile, BadParameter), match=error):
        read_words(write(tmp_path / "words.csv", rows, header), cell[1].spikes)


def test_a_spike_with_two_words_and_a_single_kind_are_refused(cell, tmp_path):
    made, kinds = cell
    torn = [(made.full[0], "a"), (made.full[0], "b")]
    with pytest.raises(BadParameter, match="two kinds"):
        read_words(write(tmp_path / "words.csv", torn), kinds.spikes)
    same = read_words(write(tmp_path / "same.csv", [(t, "a") for t in made.full[:5]]), kinds.spikes)
    with pytest.raises(BadParameter, match="two classes"):
        teach_kinds(made.recording, kinds.spikes, same)


def test_a_model_of_grid_windows_is_no_model_of_kinds(cell):
    made, kinds = cell
    windows = cut(made.recording, 400)
    model = train(windows, label(windows, "deviation", cutoff=0.03), "waveform")
    with pytest.raises(RequestError, match="was not taught kinds"):
        apply_kinds(made.recording, kinds, model)
