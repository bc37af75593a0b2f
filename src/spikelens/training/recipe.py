"""The recipe of the shipped model, from the numbers drawn to the files written."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._trees import Answers
from spikelens.files import write_json
from spikelens.training.cells import FIRST_SEED, family_of
from spikelens.training.fitting import Effort, Lesson, fit
from spikelens.training.lessons import lesson_of
from spikelens.version import VERSION


@dataclass(frozen=True)
class Recipe:
    """What a model is made from."""

    n_recordings: int = 8400
    duration: float = 16.0
    """Of each, about, s."""
    effort: Effort = dataclasses.field(default_factory=Effort)


def make_model(recipe: Recipe, *, tables: Path | None = None, n_workers: int = 1) -> Answers:
    """Draw the recordings of a recipe and fit the answers to them.

    Parameters
    ----------
    recipe : Recipe
    tables : path of a folder, optional
        Described recordings are kept there and taken from there: drawing takes longest.
    n_workers : int
        Processes that fit at once; the answers are the same for any number.
    """
    lessons = [_lesson(number, recipe.duration, tables) for number in range(recipe.n_recordings)]
    return fit(lessons, recipe.effort, n_workers=n_workers)


def _lesson(number: int, duration: float, tables: Path | None) -> Lesson:
    kept = tables / f"{number:06d}-{duration:g}.npz" if tables else None
    if kept and kept.exists():
        with np.load(kept, allow_pickle=False) as stored:
            seen = Candidates(
                stored["seconds"], stored["measures"], stored["waveform"], float(stored["noise_level"])
            )
            return Lesson(seen, stored["sample_index"], stored["truth"], family_of(number))
    lesson = lesson_of(number, duration)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        columns: dict[str, Any] = dict(vars(lesson.seen))
        np.savez(kept, sample_index=lesson.sample_index, truth=lesson.truth, **columns)
    return lesson


def write_model(folder: Path, answers: Answers, recipe: Recipe) -> None:
    """Write ``adaptive.npz`` and its card, ``adaptive.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = answers.to_arrays()
    np.savez_compressed(folder / "adaptive.npz", **arrays)  # type: ignore[arg-type]
    card = {
        "made_by": "python -m spikelens.training",
        "version": VERSION,
        "first_seed": FIRST_SEED,
        "recipe": dataclasses.asdict(recipe),
        "trained_on": "simulated recordings alone",
        "digest": digest(arrays),
    }
    write_json(folder / "adaptive.json", card)


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over all arrays, by name; the same on any machine that stores them alike."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
