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

    n_recordings: int = 600
    n_silent: int = 200
    """How many of cells that never fire come on top."""
    duration: float = 25.0
    effort: Effort = dataclasses.field(default_factory=Effort)


def make_model(recipe: Recipe, *, tables: Path | None = None) -> Answers:
    """Draw the recordings of a recipe and fit the answers to them.

    Parameters
    ----------
    recipe : Recipe
    tables : path of a folder, optional
        Described recordings are kept there and taken from there: drawing takes longest.
    """
    lessons = [
        _lesson(number, recipe.duration, tables, silent=number >= recipe.n_recordings)
        for number in range(recipe.n_recordings + recipe.n_silent)
    ]
    return fit(lessons, recipe.effort)


def _lesson(number: int, duration: float, tables: Path | None, *, silent: bool) -> Lesson:
    kept = tables / f"{number:06d}-{duration:g}{'-silent' * silent}.npz" if tables else None
    if kept and kept.exists():
        with np.load(kept, allow_pickle=False) as stored:
            seen = Candidates(
                stored["seconds"], stored["measures"], stored["waveform"], float(stored["noise_level"])
            )
            return Lesson(seen, stored["sample_index"], stored["truth"], family_of(number))
    lesson = lesson_of(number, duration, silent=silent)
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
