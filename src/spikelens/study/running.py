"""The study itself: label, train, classify and compare, for every cutoff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import api, rooms
from spikelens.cards import rows_card
from spikelens.choosing import choose
from spikelens.classifiers import level_of
from spikelens.errors import BadParameter, OutsideRecording, UnsupportedInput
from spikelens.labels import Agreement, Labels, compare
from spikelens.learning import cut, drift_words, label, train
from spikelens.models import Model
from spikelens.recording import Recording
from spikelens.study.checks import Borders, at_borders, doubtful, shifted
from spikelens.study.plan import ALL, Plan
from spikelens.windows import Windows

SHIFTS = (0.0, 0.003, 0.006, 0.012)
"""Resting levels at which the drift effect is shown, V above the recording's own."""
WAYS: Mapping[str, tuple[str, dict[str, object]]] = {
    "pictures": ("images", {}),
    "raw numbers": ("waveform", {"centred": False}),
    "centred waveforms": ("waveform", {"centred": True}),
    "shape measures": ("shape", {}),
}
"""Ways to describe a window that are compared with one another."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """One cutoff: the rule's labels, the model trained on them, and what it says elsewhere."""

    cutoff: float
    weak: Labels = field(repr=False)
    """The rule on the training windows."""
    rule: Labels = field(repr=False)
    """The rule on the applied windows."""
    model: Model
    found: Labels = field(repr=False)
    """The model on the applied windows."""
    uniform: Labels = field(repr=False)
    """The same model with equally frequent classes."""
    doubtful: Labels = field(repr=False)
    """Training labels that the model contradicts with confidence."""
    borders: Borders

    @property
    def name(self) -> str:
        """The cutoff, as file names and legends have it."""
        return f"{self.cutoff:.3f}" if round(self.cutoff, 3) == self.cutoff else f"{self.cutoff:g}"


@dataclass(frozen=True)
class Study:
    """All that a study found, before anything is drawn or written."""

    plan: Plan
    recording: Recording
    windows: Windows = field(repr=False)
    """All of them."""
    training: Windows
    applied: Windows
    rounds: tuple[Round, ...]
    peaks: NDArray[np.int64] = field(repr=False)
    """Spikes' samples: the truth, or what the default detector found where there is none."""
    truth: Labels | None = field(repr=False)
    """Of the applied windows."""
    ways: Mapping[str, Model] = field(repr=False)
    """Ways to describe a window, trained on the judged cutoff's labels."""
    drift: Mapping[str, tuple[float, ...]] = field(repr=False)
    """F1 of each way at each of `SHIFTS`, against the reference."""
    warnings: tuple[str, ...]

    def _repr_html_(self) -> str:
        from spikelens.study.tables import score_rows

        return rows_card(f"Study of {self.recording.name}, against {self.reference_name}", score_rows(self))

    @property
    def judged(self) -> Round:
        """The round that details are shown of: the largest cutoff, which the study judged best."""
        return max(self.rounds, key=lambda r: r.cutoff)

    @property
    def reference(self) -> Labels:
        """What predictions are scored against: the truth, or the judged rule where there is none."""
        return self.truth if self.truth is not None else self.judged.rule

    @property
    def reference_name(self) -> str:
        """The reference in words."""
        return "the truth" if self.truth is not None else f"the rule at {self.judged.name}"

    def against_reference(self, labels: Labels) -> Agreement:
        """Labels of applied windows against the reference."""
        return compare(labels, self.reference)

    def within(self, section: tuple[float, float]) -> Windows:
        """The windows that reach into a section (s, recording's clock)."""
        return _within(self.windows, section)

    @property
    def disputed(self) -> NDArray[np.int64]:
        """Rows of the applied windows on which the cutoffs' models disagree."""
        said = np.array([r.found.are("spike") for r in self.rounds])
        return np.flatnonzero(said.any(axis=0) & ~said.all(axis=0))


def run_study(
    recording: Recording,
    plan: Plan | None = None,
    *,
    truth: NDArray[np.float64] | None = None,
    say: Say | None = None,
) -> Study:
    """Do the 2017 study on a recording.

    Parameters
    ----------
    recording : Recording
    plan : Plan, optional
        The study's own choices by default.
    truth : float64 array, s, optional
        True spike times on the recording's clock.
    say : callable, optional
        Told each step in words.

    Raises
    ------
    OutsideRecording
        The ranges ask for windows that are not there.
    BadParameter
        A cutoff that leaves one class only in the training range; the message names it.
    """
    plan = (plan or Plan()).checked()
    say = say or _nothing
    chosen = choose(recording, channel=plan.channel).recording
    if chosen.channels[0].unit != "V":
        raise UnsupportedInput(
            "the study's cutoffs are in volts; this channel is none: choose another --channel"
        )
    windows = cut(chosen, plan.window)
    training, applied = plan.ranges(windows)
    for section in plan.zooms:
        _within(windows, section)
    peaks = api.detect(chosen).sample_index if truth is None else chosen.sample_at(truth)
    rounds = []
    for cutoff in plan.cutoffs:
        say(f"cutoff {cutoff:g}: labelling, training, classifying")
        rounds.append(_round(plan, cutoff, (training, applied), peaks))
    true = None if truth is None else label(applied, "truth", times=truth)
    told = _warnings(chosen, rounds, training, applied)
    study = Study(plan, chosen, windows, training, applied, tuple(rounds), peaks, true, {}, {}, told)
    say("comparing ways to describe a window, and what drift does to them")
    study = replace(study, ways=_ways(study))
    return replace(study, drift=_drift(study))


def _round(plan: Plan, cutoff: float, ranges: tuple[Windows, Windows], peaks: NDArray[np.int64]) -> Round:
    training, applied = ranges
    weak, rule = (label(w, "deviation", cutoff=cutoff) for w in ranges)
    try:
        model = train(training, weak, plan.made())
    except BadParameter as why:
        raise BadParameter(f"cutoff {cutoff:g}: {why}") from None
    found = model.predict(applied)
    uniform = replace(model, classifier=replace(plan.made(), priors="uniform"))
    return Round(
        cutoff=cutoff,
        weak=weak,
        rule=rule,
        model=model,
        found=found,
        uniform=uniform.predict(applied),
        doubtful=doubtful(model, weak),
        borders=at_borders(applied, found, peaks),
    )


def _ways(study: Study) -> dict[str, Model]:
    """The judged model, and others on the same labels: two to show drift, all if asked for."""
    learner = {k: study.plan.settings[k] for k in ("learner", "priors", "seed") if k in study.plan.settings}
    judged, models = study.judged, {}
    for name, (classifier, settings) in WAYS.items():
        if study.plan.classifier != ALL and name not in ("pictures", "centred waveforms"):
            continue
        own: dict[str, Any] = dict(study.plan.settings) if classifier == study.plan.main else learner
        made = rooms.load("classifiers", classifier).from_parameters({**own, **settings})
        known = made == judged.model.classifier
        models[name] = judged.model if known else train(study.training, judged.weak, made)
    return models


def _drift(study: Study) -> dict[str, tuple[float, ...]]:
    moved = [study.applied.on(shifted(study.recording, by)) for by in SHIFTS]
    return {
        name: tuple(study.against_reference(model.predict(windows)).f1("spike") for windows in moved)
        for name, model in study.ways.items()
    }


def _warnings(
    recording: Recording, rounds: list[Round], training: Windows, applied: Windows
) -> tuple[str, ...]:
    told = [f"cutoff {r.name}: {text}" for r in rounds for text in r.model.warnings]
    drift = drift_words(level_of(training.read()), level_of(applied.read()))
    return (*recording.warnings, *told, *([drift] if drift else []))


def _within(windows: Windows, section: tuple[float, float]) -> Windows:
    low, high = windows.recording.sample_at(section)
    inside = (windows.start + windows.n_samples > low) & (windows.start < high)
    if not inside.any():
        raise OutsideRecording(f"no window lies in the section {section[0]:g}:{section[1]:g} s; see --zoom")
    return windows.take(inside)


def _nothing(step: str) -> None:
    """Say nothing."""
