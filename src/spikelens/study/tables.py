"""The study's tables: rows for CSV files and for the report."""

from __future__ import annotations

from spikelens.labels import Labels, compare
from spikelens.study.checks import adjoining, spike_score
from spikelens.study.running import SHIFTS, Round, Study

Row = dict[str, object]


def count_rows(study: Study) -> list[Row]:
    """Class counts of the training labels per cutoff, and their skew."""
    rows: list[Row] = []
    for one in study.rounds:
        counts = one.weak.counts
        rows.append({"cutoff": one.name, **counts, "share of spikes": counts["spike"] / len(one.weak)})
    return rows


def score_rows(study: Study) -> list[Row]:
    """Rule and classifier on the applied range, per cutoff: counts and scores per window."""
    return [
        {"cutoff": one.name, "by": who, **_window_scores(study, labels)}
        for one in study.rounds
        for who, labels in _authors(one)
    ]


def spike_rows(study: Study) -> list[Row]:
    """Rule and classifier on the applied range, per cutoff: scores per spike; none without a truth."""
    if study.truth is None:
        return []
    return [
        {"cutoff": one.name, "by": who, **_spike_scores(study, labels)}
        for one in study.rounds
        for who, labels in _authors(one)
    ]


def _authors(one: Round) -> tuple[tuple[str, Labels], ...]:
    return ("rule", one.rule), (one.model.name, one.found)


def _window_scores(study: Study, labels: Labels) -> Row:
    agreement = study.against_reference(labels)
    return {
        "spike windows": labels.counts["spike"],
        "precision": agreement.precision("spike"),
        "recall": agreement.recall("spike"),
        "F1": agreement.f1("spike"),
        "kappa": agreement.kappa,
    }


def _spike_scores(study: Study, labels: Labels) -> Row:
    spikes = spike_score(study.applied, labels, study.peaks)
    return {
        "true spikes": spikes.n_true,
        "found spikes": spikes.n_found,
        "precision": spikes.precision,
        "recall": spikes.recall,
        "F1": spikes.f1,
    }


def agreement_rows(study: Study) -> list[Row]:
    """How far the cutoffs' models agree with one another, each pair."""
    rows: list[Row] = []
    for k, one in enumerate(study.rounds):
        for other in study.rounds[k + 1 :]:
            agreement = compare(one.found, other.found)
            pair = f"{one.name} and {other.name}"
            rows.append(
                {"cutoffs": pair, "agreement": agreement.share, "differing": agreement.differing.size}
            )
    return rows


def prior_rows(study: Study) -> list[Row]:
    """What the priors do: those of the training, and equal ones."""
    rows: list[Row] = []
    for one in study.rounds:
        used = study.against_reference(one.found)
        equal = study.against_reference(one.uniform)
        rows.append(
            {
                "cutoff": one.name,
                "spike share in training": one.weak.counts["spike"] / len(one.weak),
                "spikes with the priors used": one.found.counts["spike"],
                "F1": used.f1("spike"),
                "spikes with uniform priors": one.uniform.counts["spike"],
                "F1 with uniform priors": equal.f1("spike"),
            }
        )
    return rows


def calibration_rows(study: Study) -> list[Row]:
    """Brier score, average precision and F1 of held-out training windows, per cutoff."""
    rows: list[Row] = []
    for one in study.rounds:
        scores = one.model.facts["scores"]
        rows.append(
            {
                "cutoff": one.name,
                "Brier score": scores["brier"],
                "average precision": scores["average_precision"],
                "F1": scores["f1"],
                "doubtful labels": len(one.doubtful),
            }
        )
    return rows


def way_rows(study: Study) -> list[Row]:
    """Ways to describe a window, on the applied range and at other resting levels."""
    rows: list[Row] = []
    for name, model in study.ways.items():
        agreement = study.against_reference(model.predict(study.applied))
        moved = {
            f"F1 at {by * 1e3:+g} mV": f1 for by, f1 in zip(SHIFTS, study.drift[name], strict=True) if by
        }
        row: Row = {"windows as": name, "by": model.name, "F1": agreement.f1("spike")}
        rows.append(
            row | {"average precision, held out": model.facts["scores"]["average_precision"], **moved}
        )
    return rows


def border_rows(study: Study) -> list[Row]:
    """Spikes at borders of windows, per cutoff."""
    return [
        {
            "cutoff": one.name,
            "spikes": one.borders.n_spikes,
            "within 2 ms of a border": one.borders.near,
            "seen in both windows": one.borders.doubled,
            "seen in neither": one.borders.lost,
        }
        for one in study.rounds
    ]


def neighbour_rows(study: Study) -> list[Row]:
    """The rule's false windows, and how many adjoin a true spike's; none without a truth."""
    if study.truth is None:
        return []
    return [_neighbours(study, one) for one in study.rounds]


def _neighbours(study: Study, one: Round) -> Row:
    assert study.truth is not None
    false, beside = adjoining(study.applied, one.rule, study.truth)
    return {"cutoff": one.name, "false windows of the rule": false, "that adjoin a true spike's": beside}


def doubtful_rows(study: Study) -> list[Row]:
    """Training labels that the classifier contradicts with confidence, worst first, for the judged cutoff."""
    labels = study.judged.doubtful
    return [
        {
            "window": int(item),
            "first sample": int(first),
            "labelled": str(name),
            "probability of that": float(p),
        }
        for item, first, name, p in zip(
            labels.item, labels.first_sample, labels.names, labels.probability, strict=True
        )
    ]
