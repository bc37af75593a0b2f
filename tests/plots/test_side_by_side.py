"""Accepted beside nearly accepted, and the artefacts worth a picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spikelens.plots.picks import nearly_accepted, telling_artefacts
from spikelens.plots.side_by_side import doubtful, side_by_side
from spikelens.spikes import Spikes
from tests.factory import PEAK, REST, make_recording, make_spikes

PEAKS = [2000, 4000, 9000, 15_000]
OTHERS = [6000, 12_000, 17_000]
RECORDING = make_recording([*PEAKS, 6000])


def made(
    verdicts: tuple[str, ...] = ("synaptic", "too_small", "artefact"),
    reasons: tuple[str, ...] | None = None,
    probability: float = np.nan,
) -> Spikes:
    spikes = make_spikes(RECORDING, PEAKS, rejected=OTHERS)
    columns = {
        "verdict": np.array(verdicts),
        "probability": np.array([0.45, 0.1, probability], np.float32),
    }
    if reasons is not None:
        columns["reason"] = np.array(reasons)
    return dataclasses.replace(spikes, candidates=spikes.candidates.with_columns(columns))


def test_each_trace_stands_on_its_own_base_and_both_panels_have_one_range() -> None:
    left, right = side_by_side(RECORDING, made()).axes
    assert left.get_ylim() == right.get_ylim()
    for line in left.lines[: len(PEAKS)]:
        values = np.asarray(line.get_ydata())
        assert np.nanmax(values) == pytest.approx(PEAK - REST, abs=2e-3)
        assert abs(np.median(values)) < 2e-3
    # The first of the rejected is a spike: seen beside the others, it looks like them.
    assert np.nanmax(np.asarray(right.lines[0].get_ydata())) == pytest.approx(PEAK - REST, abs=2e-3)
    assert left.get_title(loc="left") == "4 accepted" and right.get_title(loc="left") == "2 nearly accepted"
    assert left.get_ylabel() == "voltage over its base (mV)"


def test_those_nearest_to_the_cut_are_drawn_where_there_are_many() -> None:
    spikes = made().with_columns({"probability": np.array([0.99, 0.6, 0.7, 0.98], np.float32)})
    left, _ = side_by_side(RECORDING, spikes, most=2).axes
    assert left.get_title(loc="left") == "2 of 4 accepted"
    assert len(left.lines) == 2
    evenly, _ = side_by_side(RECORDING, make_spikes(RECORDING, PEAKS), most=3).axes
    assert evenly.get_title(loc="left") == "3 of 4 accepted"


def test_an_empty_side_says_so() -> None:
    left, right = side_by_side(RECORDING, make_spikes(RECORDING, PEAKS)).axes
    assert right.texts[0].get_text() == "none" and len(left.lines) > 4
    assert not right.lines
    empty = side_by_side(RECORDING, make_spikes(RECORDING, []))
    assert [ax.texts[0].get_text() for ax in empty.axes] == ["none", "none"]


def test_artefacts_are_not_doubtful() -> None:
    assert doubtful(made()).sample_index.tolist() == OTHERS[:2]
    assert len(doubtful(made(("artefact",) * 3))) == 0
    assert len(doubtful(make_spikes(RECORDING, PEAKS))) == 0


def test_the_largest_artefact_of_each_kind_comes_first() -> None:
    spikes = made(("artefact",) * 3, ("transient: a", "transient: b", "contact jump: c"))
    rest = spikes.candidates.with_columns({"height": np.array([0.03, -0.05, 0.01])})
    spikes = dataclasses.replace(spikes, candidates=rest)
    picks = telling_artefacts(spikes, 5)
    assert [pick.why for pick in picks] == [
        "rejected: transient",
        "rejected: contact jump",
        "rejected: transient",
    ]
    assert [pick.row for pick in picks] == [1, 2, 0]
    assert len(telling_artefacts(spikes, 2)) == 2
    assert telling_artefacts(make_spikes(RECORDING, PEAKS), 5) == []


def test_artefacts_without_a_reason_are_called_so_and_others_by_their_verdict() -> None:
    assert [pick.why for pick in telling_artefacts(made(), 5)] == ["rejected: artefact"]
    told = made(reasons=("probability 0.45", "probability 0.10", "transient: x"))
    assert [pick.why for pick in nearly_accepted(told, 3)] == [
        "rejected: synaptic",
        "rejected: too small",
        "rejected: transient",
    ]
