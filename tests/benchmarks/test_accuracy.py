"""The accuracy benchmark runs whole when made small, and its figures are what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def accuracy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delenv("SPIKELENS_PEERS", raising=False)
    import accuracy as module

    yield module
    for name in (
        "accuracy",
        "accuracy_candidates",
        "accuracy_cases",
        "accuracy_figures",
        "accuracy_page",
        "accuracy_plot",
        "accuracy_reach",
    ):
        sys.modules.pop(name, None)


def test_a_smoke_run_prints_and_stores_a_table(
    accuracy: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "hybrids", lambda: iter(()))
    monkeypatch.setattr(accuracy, "negatives", lambda: iter(()))
    out = tmp_path / "results.json"
    accuracy.main(["--cells", "1", "--duration", "4", "--rates", "4000", "10000", "--to", str(out)])
    stored = json.loads(out.read_text())
    assert {"date", "version", "results"} <= set(stored)
    assert len(stored["results"]) == 2 * 3 * 2 + 8 + 1
    for rows in stored["results"].values():
        assert 0 <= rows["adaptive"]["f1"] <= 1
        assert rows["adaptive"]["seconds"] > 0
    printed = capsys.readouterr().out
    assert printed.count("## ") == 4
    assert "| conductance easy 4 kHz |" in printed


def test_shares_of_a_run_are_put_together_and_drawn(accuracy: ModuleType, tmp_path: Path) -> None:
    def row(f1: float) -> dict[str, float]:
        return {"f1": f1, "low": f1 - 0.1, "high": f1}

    groups = ["real spikes of 12 mV", "real spikes of 6 mV"]
    for k, group in enumerate(groups):
        part = {
            "date": "today",
            "groups": groups[: k + 1],
            "results": {group: {"adaptive": row(0.5 + k / 4)}},
        }
        (tmp_path / f"{k}.json").write_text(json.dumps(part))
    whole = accuracy.merged([tmp_path / "1.json", tmp_path / "0.json"])
    assert list(whole["results"]) == groups
    assert [rows["adaptive"]["f1"] for rows in whole["results"].values()] == [0.5, 0.75]
    accuracy.accuracy_plot.draw(whole["results"], tmp_path / "heights.svg")
    drawn = (tmp_path / "heights.svg").read_text()
    assert "adaptive" in drawn and "IPFX" not in drawn


def test_figures_of_a_known_answer(accuracy: ModuleType) -> None:
    from spikelens.recording import Recording

    recording = Recording.from_array(np.zeros(60_000, np.float32), 1_000.0)
    case = accuracy.Case("known", recording, np.array([1.0, 2.0, 3.0, 4.0]), artefacts=np.array([9.999]))
    answer = accuracy.Answer(
        np.array([1.0, 2.0, 10.0]),
        0.5,
        listed=accuracy.Judged(np.array([1.0, 2.0, 3.0, 10.0]), np.array([0.9, 0.9, 0.2, 0.6])),
        every=accuracy.Judged(
            np.array([1.0, 2.0, 3.0, 10.0, 4.0, 20.0]), np.array([0.9, 0.9, 0.2, 0.6, 0.01, 0.0])
        ),
    )
    row = accuracy.figures([case], [answer])
    assert row["f1"] == pytest.approx(2 * 2 / 7)
    assert row["recall"] == 0.5
    assert row["false_per_minute"] == pytest.approx(1.0)
    assert row["artefacts_taken"] == 1
    assert row["brier_listed"] == pytest.approx((0.01 + 0.01 + 0.64 + 0.36) / 4)
    # A true spike that was looked at and not listed counts here.
    assert row["brier"] == pytest.approx((0.01 + 0.01 + 0.64 + 0.36 + 0.99**2 + 0.0) / 6)
    assert (row["n_listed"], row["n_candidates"]) == (4, 6)
    # By falling probability: right, right, wrong, right; one was never looked at.
    assert row["average_precision"] == pytest.approx((1 + 1 + 3 / 4) / 4)


@pytest.mark.parametrize(("sure", "alike"), [(1.0, True), (2.0, False)])
def test_calibration_is_told_beside_what_chance_alone_makes(
    accuracy: ModuleType, sure: float, alike: bool
) -> None:
    from spikelens.recording import Recording

    rng = np.random.default_rng(3)
    times, odds = np.arange(1.0, 301.0), rng.normal(0, 1, 300)
    true = times[rng.random(300) < 1 / (1 + np.exp(-odds))]
    case = accuracy.Case("drawn", Recording.from_array(np.zeros(310_000, np.float32), 1_000.0), true)
    listed = accuracy.Judged(times, 1 / (1 + np.exp(-sure * odds)))
    row = accuracy.figures([case], [accuracy.Answer(true, 0.5, listed=listed)])
    assert 0.03 < row["calibration_by_chance"] < 0.08
    assert (row["calibration_error"] < 1.5 * row["calibration_by_chance"]) == alike


def test_what_counts_neither_way_excuses_no_other_spike(accuracy: ModuleType) -> None:
    from spikelens.recording import Recording

    # An abortive spike 2.9 ms after a full one, both found.
    recording = Recording.from_array(np.zeros(3_000, np.float32), 1_000.0)
    case = accuracy.Case("doublet", recording, np.array([1.0]), np.array([1.0029]))
    listed = accuracy.Judged(np.array([1.0, 1.0030]), np.array([0.99, 0.9]))
    row = accuracy.figures([case], [accuracy.Answer(listed.times, 0.5, listed=listed)])
    assert row["n_listed"] == 1 and row["brier_listed"] == pytest.approx(1e-4)
    assert row["precision"] == 1.0


def test_shrunk_spikes_have_the_height_asked_for(accuracy: ModuleType) -> None:
    import accuracy_cases

    rate = 20_000.0
    t = np.arange(40_000) / rate
    trace = -0.07 + sum(0.08 * np.exp(-0.5 * ((t - at) / 3e-4) ** 2) for at in (0.3, 0.9, 1.6))
    small, peaks = accuracy_cases.shrunk(trace, rate, 0.01)
    assert peaks.size == 3
    np.testing.assert_allclose(small[peaks] + 0.07, 0.01, rtol=0.02)


def test_every_candidate_is_told_of_with_the_probability_it_is_listed_with(accuracy: ModuleType) -> None:
    from spikelens import api
    from spikelens.choosing import Chosen
    from spikelens.detectors._verdicts import LISTED
    from spikelens.simulation import simulate

    made = simulate(10.0, 10_000.0, difficulty="hard", seed=78, rate=4.0)
    times, probability = accuracy.everything(made.recording)
    found = api.detect(Chosen(made.recording, 1, ()))
    listed = found.candidates.take(found.candidates.probability >= LISTED)
    known = dict(zip(times.tolist(), probability.tolist(), strict=True))
    for table in (found, listed):
        assert len(table) > 0
        assert [known[t] for t in table.time.tolist()] == table.probability.tolist()
    assert len(known) > 10 * (len(found) + len(found.candidates))
    assert (probability >= LISTED).sum() == len(found) + len(listed)


def test_every_candidate_of_a_second_look_is_told_of_too(accuracy: ModuleType) -> None:
    from spikelens import api
    from spikelens.choosing import Chosen
    from spikelens.simulation import simulate

    made = simulate(20.0, 10_000.0, difficulty="hard", seed=110_003, family="integrate-and-fire")
    times, probability = accuracy.everything(made.recording)
    found = api.detect(Chosen(made.recording, 1, ()))
    assert "clock" in found.provenance.survey
    known = dict(zip(times.tolist(), probability.tolist(), strict=True))
    assert [known[t] for t in found.time.tolist()] == found.probability.tolist()
    assert len(known) > 2 * (len(found) + len(found.candidates))


def test_one_method_alone_is_measured_without_what_compares_it(
    accuracy: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(iter(accuracy.simulated(1, 4.0)))
    monkeypatch.setattr(accuracy, "_all_cases", lambda asked: iter([one]))
    accuracy.main(["--only", "adaptive"])
    printed = capsys.readouterr().out
    assert "| conductance easy 4 kHz, pooled F1 |" in printed
    assert "prominence" not in printed and "named rule" not in printed
