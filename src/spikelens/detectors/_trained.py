"""The shipped model of the learned detector: arrays and a card, nothing that runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from spikelens.detectors._trees import Answers
from spikelens.errors import UnreadableFile


@dataclass(frozen=True)
class Trained:
    """What was learned, and how."""

    answers: Answers
    card: Mapping[str, Any]


@cache
def shipped() -> Trained:
    """The model that comes with the package.

    Raises
    ------
    UnreadableFile
        It is missing or damaged: the package is not whole.
    """
    folder = files("spikelens").joinpath("shipped")
    try:
        stored = folder.joinpath("adaptive.npz").read_bytes()
        card = json.loads(folder.joinpath("adaptive.json").read_text("utf-8"))
        with np.load(BytesIO(stored), allow_pickle=False) as arrays:
            named = {name: arrays[name] for name in arrays.files}
        return Trained(Answers.from_arrays(named), card)
    except (OSError, ValueError, KeyError) as why:
        raise UnreadableFile(f"the shipped model is damaged ({why}); install the package again") from why
