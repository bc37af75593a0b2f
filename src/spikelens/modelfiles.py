"""Models of windows as files: plain arrays and the learner, in a sealed file; nothing that runs code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spikelens import rooms
from spikelens.errors import SpikelensError, UnreadableFile
from spikelens.models import Model
from spikelens.sealed import CLASSIFIER, pack_arrays, read_sealed, unpack_arrays, write_sealed

_ARRAYS, _LEARNER = "arrays.npz", "learner.skops"
_GROUND = "ground."
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


def write_model(path: str | Path, model: Model) -> None:
    """Write a model as one file, whole or not at all."""
    members = {_ARRAYS: pack_arrays(_arrays(model)), _LEARNER: _learner(model.estimator_)}
    write_sealed(Path(path), CLASSIFIER, _facts(model), members)


def read_model(path: str | Path) -> Model:
    """Read a model; its probabilities are those of the model that was written, to the last bit.

    Raises
    ------
    UnreadableFile
        No such file, no model of windows, one that was altered or needs types we do not
        trust, or one of a newer Spikelens.
    """
    card, members = read_sealed(Path(path), CLASSIFIER)
    try:
        arrays = unpack_arrays(members[_ARRAYS])
        classifier = rooms.load("classifiers", card["classifier"]).from_parameters(card["parameters"])
        return _model(card, classifier, arrays, _loaded_learner(members[_LEARNER]))
    except SpikelensError as why:
        raise UnreadableFile(f"{path}: {why}") from why
    except (KeyError, ValueError, TypeError, AttributeError) as why:
        raise UnreadableFile(f"{path} is no model that this version can read: {_first_line(why)}") from why


def _facts(model: Model) -> dict[str, Any]:
    versions = {name: _version(name) for name in ("numpy", "scikit-learn", "skops")}
    return {
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


def _first_line(why: Exception) -> str:
    return (str(why) or type(why).__name__).splitlines()[0]
