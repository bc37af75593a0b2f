"""Teaching the default detector by what the hand said, and using it at once."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from spikelens.app.desk import Desk
from spikelens.app.detection import Settings
from spikelens.app.jobs import Job
from spikelens.app.review import Review
from spikelens.app.told import observed
from spikelens.errors import BadParameter, RequestError
from spikelens.teaching import Said, save_lesson, teach

DEFAULT_NAME = "taught"
_NAME = re.compile(r"[\w][\w -]{0,60}")


def model_name(asked: object) -> str:
    """The file name of a model that a page named; letters, digits, dashes, no path.

    >>> model_name("cell 3")
    'cell 3.spikemodel'
    """
    name = DEFAULT_NAME if asked in (None, "") else asked
    if not isinstance(name, str) or not _NAME.fullmatch(name.removesuffix(".spikemodel")):
        raise BadParameter(f"a model's name is letters, digits, spaces and dashes, not {name!r}")
    return name.removesuffix(".spikemodel") + ".spikemodel"


def train(desk: Desk, name: str, job: Job) -> dict[str, Any]:
    """Learn from the hand's verdicts, save the model beside the session, detect with it.

    Raises
    ------
    BadParameter
        Too few verdicts; says how many are needed.
    """
    desk.check_writable()
    before = _review_of(desk)
    if before.sorting:
        raise BadParameter("the default detector is taught by spikes of one cell, not by sorted units")
    chosen = before.detected.chosen
    spikes, others = before.state.verdicts()
    samples = np.array([*spikes, *others], np.int64)
    is_spike = np.arange(samples.size) < len(spikes)
    recording = chosen.recording
    said = Said.at(recording, recording.time_of(samples), is_spike)
    lesson = teach(chosen, said, stretches=observed(recording))
    save_lesson(desk.folder / name, lesson, recording)
    desk.detect(_with_model(desk.settings, name), job)
    after = _review_of(desk)
    old, new = _accepted(before), _accepted(after)
    return {
        "n_labels": lesson.is_spike.size,
        "n_off": lesson.n_off,
        "n_followed": lesson.n_followed(after.detected.spikes),
        "changed": sorted(old ^ new),
        "before": {"n": len(old)},
        "after": {"n": len(new)},
        "model": f"{desk.folder.name}/{name}",
    }


def _with_model(settings: Settings, name: str) -> Settings:
    kept = settings.parameters if settings.method == "adaptive" else {}
    return dataclasses.replace(settings, method="adaptive", parameters={**kept, "model": name})


def _review_of(desk: Desk) -> Review:
    _, review = desk.seen()
    if review is None:
        raise RequestError(desk.error or "spikes are still being found; try again when they are there")
    return review


def _accepted(review: Review) -> set[int]:
    table = review.table(names=("id", "state"))
    return set(table["id"][np.isin(table["state"], ("accepted", "added"))].tolist())
