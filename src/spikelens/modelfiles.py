"""Models as files: a zip of a JSON card, plain arrays and the learner, and nothing that runs code.

The card holds the hash of every other member and of itself, so that a file that was
altered, or is no model, is refused before anything of it is used. Pickle is never read.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.errors import SpikelensError, UnreadableFile
from spikelens.files import to_json, write_atomically
from spikelens.models import Model
from spikelens.version import VERSION

SUFFIX = ".spikemodel"
SCHEMA = 1
_CARD, _ARRAYS, _LEARNER = "card.json", "arrays.npz", "learner.skops"
_GROUND = "ground."
_DATE = (1980, 1, 1, 0, 0, 0)
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types of our four learners that skops does not trust by itself; no other is loaded."""


def write_model(path: Path, model: Model) -> None:
    """Write a model as one file, whole or not at all."""
    members = {_ARRAYS: _packed(_arrays(model)), _LEARNER: _learner(model.estimator_)}
    card = _card(model) | {"members": {name: _hash(data) for name, data in members.items()}}
    card["hash"] = _card_hash(card)
    members = {_CARD: to_json(card).encode(), **members}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    write_atomically(path, lambda opened: opened.write(out.getvalue()))


def read_model(path: Path) -> Model:
    """Read a model; its probabilities are those of the model that was written, to the last bit.

    Raises
    ------
    UnreadableFile
        No such file, no model of ours, one that was altered or needs types we do not
        trust, or one of a newer Spikelens.
    """
    members = _members(path)
    card = _checked_card(path, members)
    try:
        with np.load(io.BytesIO(members[_ARRAYS]), allow_pickle=False) as opened:
            arrays = {name: opened[name] for name in opened.files}
        classifier = rooms.load("classifiers", card["classifier"]).from_parameters(card["parameters"])
        return _model(card, classifier, arrays, _loaded_learner(members[_LEARNER]))
    except SpikelensError as why:
        raise UnreadableFile(f"{path}: {why}") from why
    except (KeyError, ValueError, TypeError, AttributeError) as why:
        raise UnreadableFile(f"{path} is no model that this version can read: {_first_line(why)}") from why


def _members(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            if names != {_CARD, _ARRAYS, _LEARNER}:
                raise UnreadableFile(
                    f"{path} is not a Spikelens model: it holds {', '.join(sorted(names)) or 'nothing'}"
                )
            return {name: packed.read(name) for name in names}
    except zipfile.BadZipFile:
        raise UnreadableFile(f"{path} is not a Spikelens model; pickled models are never loaded") from None
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why


def _checked_card(path: Path, members: dict[str, bytes]) -> dict[str, Any]:
    altered = UnreadableFile(
        f"{path} was altered after it was written; train the model again, or fetch it anew"
    )
    try:
        card: dict[str, Any] = json.loads(members[_CARD])
        stated = {_ARRAYS: card["members"][_ARRAYS], _LEARNER: card["members"][_LEARNER]}
        sound = card["hash"] == _card_hash(card)
    except (ValueError, KeyError, TypeError):
        raise altered from None
    if not sound or any(_hash(members[name]) != digest for name, digest in stated.items()):
        raise altered
    if card["schema_version"] > SCHEMA:
        raise UnreadableFile(
            f"{path} was written by Spikelens {card['version']}, which is newer: update Spikelens"
        )
    return card


def _card(model: Model) -> dict[str, Any]:

    versions = {name: _version(name) for name in ("numpy", "scikit-learn", "skops")}
    return {
        "schema_version": SCHEMA,
        "version": VERSION,
        "classifier": model.classifier.method_name(),
        "parameters": model.classifier.parameters(),
        "classes": list(model.classes_),
        "window": model.n_samples,
        "sampling_rate": model.sampling_rate,
        "unit": model.unit,
        "observed_priors": model.observed_.tolist(),
        "priors": model.wanted.tolist(),
        "facts": dict(model.facts),
        "warnings": list(model.warnings),
        "versions": versions,
    }


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def _arrays(model: Model) -> dict[str, NDArray[Any]]:
    learnt = {name: getattr(model, name) for name in ("observed_", "bend_", "held_out_", "training_start_")}
    return learnt | {_GROUND + name: array for name, array in model.ground_.items()}


def _packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _learner(estimator: Any) -> bytes:
    from skops.io import dumps

    data: bytes = dumps(estimator)
    return data


def _loaded_learner(data: bytes) -> Any:
    from skops.io import get_untrusted_types, loads

    foreign = sorted(set(get_untrusted_types(data=data)) - set(TRUSTED))
    if foreign:
        raise UnreadableFile(f"it holds a type that is not trusted: {foreign[0]}")
    return loads(data, trusted=list(TRUSTED))


def _model(card: dict[str, Any], classifier: Any, arrays: dict[str, NDArray[Any]], estimator: Any) -> Model:
    ground = {k.removeprefix(_GROUND): v for k, v in arrays.items() if k.startswith(_GROUND)}
    return Model(
        classifier=classifier,
        n_samples=int(card["window"]),
        sampling_rate=float(card["sampling_rate"]),
        unit=str(card["unit"]),
        classes_=tuple(card["classes"]),
        estimator_=estimator,
        ground_=ground,
        observed_=arrays["observed_"],
        bend_=arrays["bend_"],
        held_out_=arrays["held_out_"],
        training_start_=arrays["training_start_"],
        facts=card["facts"],
        warnings=tuple(card["warnings"]),
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _card_hash(card: dict[str, Any]) -> str:
    """The hash of a card without its own."""
    told = {k: v for k, v in card.items() if k != "hash"}
    return _hash(json.dumps(json.loads(to_json(told)), sort_keys=True).encode())


def _first_line(why: Exception) -> str:
    return (str(why) or type(why).__name__).splitlines()[0]
