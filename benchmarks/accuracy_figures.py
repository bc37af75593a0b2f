"""Figures of one method on one group of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from accuracy_cases import Case
from numpy.typing import NDArray

from spikelens.scoring import match, score_times

Floats = NDArray[np.float64]

TOLERANCE = 1e-3


@dataclass(frozen=True)
class Judged:
    """Candidates, accepted or not, with their probabilities."""

    times: Floats
    probability: Floats


@dataclass(frozen=True)
class Answer:
    """What a method found in one case."""

    times: Floats
    cpu: float
    listed: Judged | None = None
    """What it lists beside what it accepts, where it gives probabilities."""
    every: Judged | None = None
    """What it looked at, listed or not, where that can be told."""


def figures(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Any]:
    """Pooled and worst F1 with an interval over cells, and what else the answers allow."""
    scores = [
        score_times(c.true, np.sort(a.times), tolerance=TOLERANCE, ignore=c.ignored)
        for c, a in zip(cases, answers, strict=True)
    ]
    counts = np.array([[s.n_matched, s.n_true, s.n_found] for s in scores], float)
    low, high = _interval(counts)
    minutes = sum(c.recording.n_samples / c.recording.sampling_rate for c in cases) / 60
    matched, true, found = counts.sum(0)
    row = {
        "n_cells": len(cases),
        "n_true": int(true),
        "f1": _f1(counts.sum(0)),
        "low": low,
        "high": high,
        "worst": min(_f1(one) for one in counts),
        "f1_per_cell": [_f1(one) for one in counts],
        "errors_per_cell": (counts[:, 1] + counts[:, 2] - 2 * counts[:, 0]).tolist(),
        "precision": matched / found if found else None,
        "recall": matched / true if true else None,
        "false_per_minute": (found - matched) / minutes,
        "seconds": sum(a.cpu for a in answers),
        "samples_per_second": sum(c.recording.n_samples for c in cases)
        / max(sum(a.cpu for a in answers), 1e-9),
        "recall_evoked": _recall(cases, answers, evoked=True),
        "recall_spontaneous": _recall(cases, answers, evoked=False),
        "artefacts_taken": _artefacts_taken(cases, answers),
    }
    return row | _probabilistic(cases, answers)


def _f1(counts: Floats) -> float:
    matched, true, found = counts
    return float(2 * matched / (true + found)) if true + found else 1.0


def _interval(counts: Floats) -> tuple[float, float]:
    """95 % of pooled F1 over cells drawn anew."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(counts), size=(1000, len(counts)))
    values = np.array([_f1(counts[d].sum(0)) for d in drawn])
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _recall(cases: Sequence[Case], answers: Sequence[Answer], *, evoked: bool) -> float | None:
    found = true = 0
    for case, answer in zip(cases, answers, strict=True):
        if case.evoked is not None:
            order = np.argsort(case.true)
            hit, _ = match(case.true[order], np.sort(answer.times), TOLERANCE)
            kind = case.evoked[order] == evoked
            found, true = found + int(kind[hit].sum()), true + int(kind.sum())
    return found / true if true else None


def _artefacts_taken(cases: Sequence[Case], answers: Sequence[Answer]) -> int:
    """False spikes within 12 ms from the start of an artefact."""
    total = 0
    for case, answer in zip(cases, answers, strict=True):
        times = np.sort(answer.times)
        _, hit = match(np.sort(np.concatenate([case.true, case.ignored])), times, TOLERANCE)
        wrong = np.delete(times, hit)
        since = wrong[:, None] - case.artefacts if case.artefacts.size else np.full((wrong.size, 1), -1.0)
        total += int(((since >= -1e-3) & (since < 0.013)).any(axis=1).sum())
    return total


def _probabilistic(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Any]:
    """Average precision, Brier scores and calibration error, where there are probabilities."""
    listed = [_told(c, a.listed) for c, a in zip(cases, answers, strict=True) if a.listed is not None]
    if len(listed) < len(cases):
        return {}
    every = [_told(c, a.every) for c, a in zip(cases, answers, strict=True) if a.every is not None]
    p, y = (np.concatenate(column) for column in zip(*listed, strict=True))
    missed = sum(c.true.size for c in cases) - int(y.sum())
    known = [e for e in (_calibration(*one) for one in listed) if e is not None]
    row = {
        "average_precision": _average_precision(y, p, missed),
        "brier_listed": _brier(listed),
        "calibration_error": float(np.mean([error for error, _ in known])) if known else None,
        "calibration_by_chance": float(np.mean([chance for _, chance in known])) if known else None,
        "n_listed": int(p.size),
    }
    if every:
        row |= {"brier": _brier(every), "n_candidates": sum(p.size for p, _ in every)}
    return row


def _told(case: Case, judged: Judged) -> tuple[Floats, NDArray[np.bool_]]:
    """Probabilities in order of time, and which are right; without what counts neither way."""
    order = np.argsort(judged.times)
    times, p = judged.times[order], judged.probability[order]
    right = np.zeros(times.size, np.bool_)
    right[match(np.sort(case.true), times, TOLERANCE)[1]] = True
    wrong = np.flatnonzero(~right)
    excused = wrong[match(np.sort(case.ignored), times[wrong], 3e-3)[1]]
    return np.delete(p, excused), np.delete(right, excused)


def _brier(told: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> float | None:
    """Mean squared error of probabilities, over the candidates of all cases."""
    p, right = (np.concatenate(column) for column in zip(*told, strict=True))
    return float(np.mean((p - right) ** 2)) if p.size else None


def _calibration(p: Floats, right: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Mean gap between probability and share of right ones, in fifths from .05 to .95; None below 20.

    Beside it what that gap would be on average if the probabilities were right: few candidates
    have a gap by chance.
    """
    doubtful = (p > 0.05) & (p < 0.95)
    if doubtful.sum() < 20:
        return None
    p, right = p[doubtful], right[doubtful]
    place = np.minimum(((p - 0.05) / 0.18).astype(int), 4)

    def gap(right: NDArray[np.bool_]) -> float:
        return float(np.abs(np.bincount(place, p - right)).sum() / p.size)

    drawn = np.random.default_rng(0).random((200, p.size)) < p
    return gap(right), float(np.mean([gap(one) for one in drawn]))


def _average_precision(right: NDArray[np.bool_], p: Floats, missed: int) -> float | None:
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(right[order])
    if not right.sum() + missed:
        return None
    precision = hits / np.arange(1, hits.size + 1)
    return float((precision * right[order]).sum() / (right.sum() + missed))
