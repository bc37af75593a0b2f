"""Every figure draws whatever was found: nothing, one, many, down, in sweeps, of a current."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from matplotlib.image import imread

from spikelens import api
from spikelens.plots.heights import heights
from spikelens.plots.images import png, svg
from spikelens.plots.intervals import intervals
from spikelens.plots.overview import overview
from spikelens.plots.phase_plane import phase_plane
from spikelens.plots.probabilities import probabilities
from spikelens.plots.rate import rate
from spikelens.plots.side_by_side import side_by_side
from spikelens.plots.trace import trace
from spikelens.plots.waveforms import waveforms
from spikelens.plots.zooms import zooms
from spikelens.recording import Recording, Sweeps
from spikelens.spikes import Spikes
from tests.factory import make_spikes, make_trace

RATE = 10_000.0
FIGURES = {
    "trace": trace,
    "waveforms": waveforms,
    "heights": heights,
    "rate": rate,
    "phase_plane": phase_plane,
    "intervals": lambda recording, spikes: intervals(spikes),
    "probabilities": lambda recording, spikes: probabilities(spikes),
    "zooms": zooms,
    "side_by_side": side_by_side,
    "overview": overview,
}
COUNTS = {"none": [], "one": [5000], "two": [5000, 5040], "many": [*range(400, 19_600, 100)]}
every_figure = pytest.mark.parametrize("figure", FIGURES)
every_count = pytest.mark.parametrize("count", COUNTS)


def found_in(count: str, sign: int = 1, **facts: object) -> tuple[Recording, Spikes]:
    scale = 1e-9 if facts.get("quantity") == "current" else 1.0
    samples = sign * scale * make_trace(20_000, RATE, COUNTS[count])
    recording = Recording.from_array(samples.astype(np.float32), RATE, **facts)  # type: ignore[arg-type]
    return recording, make_spikes(recording, COUNTS[count], rejected=COUNTS[count][:1])


def image(drawn: object) -> bytes:
    figure = getattr(drawn, "figure", drawn)
    rendered = png(figure, dpi=30)  # type: ignore[arg-type]
    colours = np.unique(imread(io.BytesIO(rendered)).reshape(-1, 4), axis=0)
    assert len(colours) > 2
    return rendered


@every_figure
@every_count
def test_any_number_of_spikes(figure: str, count: str) -> None:
    image(FIGURES[figure](*found_in(count)))


@every_figure
@pytest.mark.parametrize("sign", [1, -1])
def test_currents_and_either_polarity(figure: str, sign: int) -> None:
    image(FIGURES[figure](*found_in("two", sign, quantity="current", mode="cell-attached")))


@every_figure
@pytest.mark.parametrize("starts", [None, [0.0, 5.0, 60.0]])
def test_sweeps_with_and_without_a_clock(figure: str, starts: list[float] | None) -> None:
    lengths = [4000, 10, 15_990]
    recording, _ = found_in("many", sweep_lengths=lengths)
    recording = dataclasses.replace(recording, sweeps=Sweeps.of_lengths(lengths, starts))
    image(FIGURES[figure](recording, make_spikes(recording, COUNTS["many"])))


@every_figure
def test_measured_spikes_of_one_channel_among_several(figure: str) -> None:
    samples = np.column_stack([make_trace(20_000, RATE), make_trace(20_000, RATE, [3000, 9000, 9100])])
    recording = Recording.from_array(samples, RATE)
    spikes = api.find(recording, channel=1)
    assert len(spikes) == 3
    image(FIGURES[figure](recording.select(1), spikes))


@every_figure
def test_drawing_changes_neither_the_recording_nor_the_spikes(figure: str) -> None:
    recording, spikes = found_in("two")
    before = recording.stored().tobytes(), {n: c.tobytes() for n, c in spikes.columns.items()}
    FIGURES[figure](recording, spikes)
    assert before == (recording.stored().tobytes(), {n: c.tobytes() for n, c in spikes.columns.items()})


@every_figure
def test_a_figure_is_drawn_the_same_twice_and_differs_with_what_it_shows(figure: str) -> None:
    first, again = (image(FIGURES[figure](*found_in("many"))) for _ in range(2))
    assert first == again
    if figure != "probabilities":
        assert first != image(FIGURES[figure](*found_in("two")))


@every_figure
def test_a_vector_image_is_one_document(figure: str) -> None:
    from xml.etree import ElementTree

    drawn = FIGURES[figure](*found_in("one"))
    root = ElementTree.fromstring(svg(getattr(drawn, "figure", drawn)))
    assert root.tag.endswith("svg")


@every_figure
def test_walls_between_spikes(figure: str) -> None:
    recording, _ = found_in("many")
    walls = np.array([[0, 350], [4950, 5050], [19_700, 20_000]])
    observed = [at for at in COUNTS["many"] if not 4950 <= at < 5050]
    image(FIGURES[figure](recording, make_spikes(recording, observed, walls=walls)))
