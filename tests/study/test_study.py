from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikelens.cli import run
from spikelens.errors import BadParameter, OutputExists, OutsideRecording, UnsupportedInput
from spikelens.labelfiles import read_labels
from spikelens.modelfiles import read_model
from spikelens.plots.images import png
from spikelens.study.figures import all_figures, side_by_side
from spikelens.study.plan import Plan
from spikelens.study.report import study_report
from spikelens.study.running import SHIFTS, Study, run_study
from spikelens.study.tables import neighbour_rows, prior_rows, spike_rows, way_rows
from spikelens.study.words import summary
from tests.data import recording_file
from tests.learning.cells import RATE, make_cell

RECORDING, PEAKS = make_cell(60, fingerprint="a cell")
TIMES = RECORDING.time_of(PEAKS)
QUICK = Plan(
    cutoffs=(0.013, 0.028),
    train=(1, 700),
    apply=(801, 1200),
    settings={"learner": "logistic"},
    zooms=((21.0, 21.6),),
)


@pytest.fixture(scope="module")
def study() -> Study:
    return run_study(RECORDING, QUICK, truth=TIMES)


def test_each_cutoff_is_labelled_trained_and_classified(study: Study) -> None:
    assert [r.cutoff for r in study.rounds] == [0.013, 0.028]
    for one in study.rounds:
        assert (len(one.weak), len(one.found), len(one.rule)) == (700, 400, 400)
        assert study.against_reference(one.found).f1("spike") > 0.7
    low, high = study.rounds
    assert low.weak.counts["spike"] >= high.weak.counts["spike"]
    assert study.judged is high


def test_the_truth_is_the_reference_where_it_is_known(study: Study) -> None:
    assert study.reference_name == "the truth"
    assert study.reference.counts["spike"] == np.unique(PEAKS[PEAKS >= 80_000] // 100).size
    rule = {row["by"]: row for row in spike_rows(study)}["rule"]
    assert rule["recall"] > 0.95  # two spikes in one window are seen as one
    assert neighbour_rows(study)[0]["false windows of the rule"] >= 0


def test_without_a_truth_the_judged_rule_is_the_reference() -> None:
    blind = run_study(RECORDING, replace(QUICK, cutoffs=(0.02,)))
    assert blind.reference_name == "the rule at 0.020"
    assert blind.reference is blind.judged.rule
    assert spike_rows(blind) == neighbour_rows(blind) == []
    assert blind.judged.borders.n_spikes > 0  # the default detector's
    assert "against the rule at 0.020" in summary(blind)


def test_drift_harms_pictures_and_leaves_centred_waveforms_alone(study: Study) -> None:
    pictures, centred = study.drift["pictures"], study.drift["centred waveforms"]
    assert len(pictures) == len(SHIFTS)
    assert pictures[-1] < pictures[0] - 0.3
    assert max(centred) - min(centred) < 0.02


def test_all_compares_the_four_ways() -> None:
    plan = replace(QUICK, cutoffs=(0.02,), classifier="all", settings={"learner": "neighbours"})
    rows = way_rows(run_study(RECORDING, plan, truth=TIMES))
    assert [row["windows as"] for row in rows] == [
        "pictures", "raw numbers", "centred waveforms", "shape measures"
    ]  # fmt: skip
    assert {row["by"].split()[1] for row in rows} == {"neighbours"}


def test_uniform_priors_call_at_least_as_many_spikes(study: Study) -> None:
    for row in prior_rows(study):
        assert row["spikes with uniform priors"] >= row["spikes with the priors used"]


def test_a_cutoff_that_leaves_one_class_is_named() -> None:
    with pytest.raises(BadParameter, match=r"cutoff 0.5: all 700 training windows are labelled noise"):
        run_study(RECORDING, replace(QUICK, cutoffs=(0.02, 0.5)))


def test_drift_between_the_ranges_brings_a_warning() -> None:
    moved = RECORDING.read()[:, 0].copy()
    moved[80_000:] += 0.012
    drifted = type(RECORDING).from_array(moved, RATE, sweep_lengths=[2000] * 60)
    warnings = run_study(drifted, replace(QUICK, cutoffs=(0.02,))).warnings
    assert any("drift: the applied windows rest +12" in text for text in warnings)


def test_currents_are_not_for_volts() -> None:
    current = replace(
        RECORDING, mode="cell-attached", channels=(replace(RECORDING.channels[0], quantity="current"),)
    )
    with pytest.raises(UnsupportedInput, match="volts"):
        run_study(current, QUICK)


def test_every_figure_is_drawn_and_spike_windows_are_blue(study: Study) -> None:
    figures = all_figures(study)
    expected = {"contacts_spike", "contacts_noise", "cutoff_0.013", "cutoff_0.028", "side_by_side"}
    assert expected | {"zoom_21-21.6", "belief", "drift"} <= figures.keys()
    assert ("disputed" in figures) == bool(study.disputed.size)
    blue = next(line for line in figures["cutoff_0.028"].axes[1].lines if line.get_gid() == "spikes")
    drawn = np.isfinite(blue.get_ydata()).sum()
    assert drawn > 0
    grey = next(line for line in figures["cutoff_0.028"].axes[1].lines if line.get_gid() == "rest")
    assert np.isfinite(grey.get_ydata()).sum() > drawn
    assert len(figures["side_by_side"].axes) == 2 * len(study.rounds)


def test_a_section_outside_is_refused(study: Study) -> None:
    with pytest.raises(OutsideRecording, match="--zoom"):
        side_by_side(study, (100.0, 101.0))
    with pytest.raises(OutsideRecording, match="--zoom"):
        run_study(RECORDING, replace(QUICK, zooms=((100.0, 101.0),)))


def drawn(study: Study) -> dict[str, bytes]:
    return {name: png(figure, dpi=50) for name, figure in all_figures(study).items()}


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.sources: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.sources += [str(v) for k, v in attrs if k in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self.inside == "h2" and data.strip():
            self.headings.append(data.strip())


def test_the_report_tells_the_study_in_order_and_needs_nothing_else(study: Study) -> None:
    page = Texts()
    text = study_report(
        replace(study, recording=replace(study.recording, name="<b>cell")), all_figures(study)
    )
    page.feed(text)
    assert [h[0] for h in page.headings[:8]] == list("12345678")
    assert all(source.startswith("data:") for source in page.sources)
    assert "<b>cell" not in text and "&lt;b&gt;cell" in text
    assert "noise 1863, spike 137" in text
    assert "synaptic potentials" in text
    assert "DeWeese" not in text


def write_recording(folder: Path) -> tuple[Path, Path]:
    np.savez(folder / "cell.npz", volts=RECORDING.read()[:, 0], sampling_rate=RATE, unit="V")
    (folder / "truth.csv").write_text("time\n" + "\n".join(f"{t:.7f}" for t in TIMES))
    return folder / "cell.npz", folder / "truth.csv"


COMMON = ["--cutoffs", "0.013,0.02", "--train", "1:700", "--apply", "801:1200", "--learner", "logistic"]


def test_the_command_writes_a_whole_folder_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording, truth = write_recording(tmp_path)
    out = tmp_path / "out"
    arguments = [
        "study",
        str(recording),
        *COMMON,
        "--truth",
        str(truth),
        "--zoom",
        "21:21.5",
        "--out",
        str(out),
    ]
    assert run(arguments) == 0
    assert "report.html" in capsys.readouterr().out
    record = json.loads((out / "run.json").read_text())
    assert sorted(p.name for p in out.iterdir()) == sorted(record["outputs"])
    assert {"report.html", "contacts_spike.png", "side_by_side.png", "zoom_21-21.5.png"} <= set(
        record["outputs"]
    )
    assert record["training"] == [1, 700]
    found = read_labels(out / "classified_0.020.csv")
    assert found.item[[0, -1]].tolist() == [801, 1200]
    assert read_model(out / "model_0.020.spikemodel").n_samples == 100
    assert read_labels(out / "disputed.csv").item.tolist() == record["disputed"]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["already_done"]
    assert run(["study", str(recording), *COMMON, "--out", str(out)]) == OutputExists.exit_code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--train", "1:99999"], "there are 1:1200"),
        (["--apply", "801:1201"], "there are 1:1200"),
        (["--train", "9:3"], "empty range"),
        (["--train", "1:900"], "overlap"),
        (["--cutoffs", "0.9"], "labelled noise"),
        (["--cutoffs", "high"], "cannot read"),
        (["--window", "999999"], "no window"),
        (["--classifier", "oracle"], "no classifier"),
        (["--priors", "half"], "priors must be"),
        (["--zoom", "900:901"], "--zoom"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    recording, _ = write_recording(tmp_path)
    out = tmp_path / "out"
    assert run(["study", str(recording), *COMMON, "--out", str(out), *arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("spikelens:")]
    assert len(lines) == 1
    assert said in lines[0]
    assert not out.exists()


def test_the_stand_in_of_the_2017_study(tmp_path: Path) -> None:
    from spikelens import api

    path = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    hints: dict[str, Any] = {"variable": "response", "unit": "V", "sampling_rate": 4000}
    plan = Plan(cutoffs=(0.02,), train=(1, 2000), apply=(5000, 5500))
    done = run_study(api.read(path, **hints), plan)
    assert done.judged.weak.counts == {"noise": 1913, "spike": 87}
    assert done.against_reference(done.judged.found).f1("spike") > 0.85
    assert done.drift["pictures"][-1] < 0.5
    assert "DeWeese" in study_report(done, drawn(done))
