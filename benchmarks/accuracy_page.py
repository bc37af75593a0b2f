"""The measured figures of accuracy as the sections of a page in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import accuracy_reach

Results = Mapping[str, Mapping[str, Mapping[str, Any]]]

OURS = ("adaptive", "template", "prominence", "slope", "level", "deviation", "bandpass_mad")
_NAMED = {
    "efel": "eFEL",
    "ipfx": "IPFX",
    "elephant": "Elephant",
    "quickspikes_dynamic": "quickspikes, dynamic",
    "scipy_height": "SciPy, height",
    "scipy_prominence": "SciPy, prominence",
}
_SAME = "efel_features"
"""eFEL again with its features: slower, with the same spikes."""
_CERTAIN = {
    "evoked": "recall_evoked",
    "spontaneous": "recall_spontaneous",
    "precision": "precision",
    "average precision": "average_precision",
    "Brier, every candidate": "brier",
    "Brier, the listed": "brier_listed",
    "calibration error": "calibration_error",
    "by chance alone": "calibration_by_chance",
}


def as_markdown(results: Results) -> str:
    """All sections: what must be reached, how sure, all methods, the peers."""
    names = [name for name in dict.fromkeys(n for rows in results.values() for n in rows) if name != _SAME]
    sections = {
        "What `adaptive` must reach, and does": _aims(results),
        "Evoked, spontaneous, and how sure": _certainty(results),
        "All methods": _scores(results, [name for name in names if name in OURS]),
        "Beside the peers": _scores(results, ["adaptive", *(name for name in names if name not in OURS)]),
    }
    return "\n\n".join(f"## {title}\n\n{table}" for title, table in sections.items())


def _aims(results: Results) -> str:
    rows = [
        (aim, reach, measured, "yes" if ok else "**no**")
        for aim, reach, measured, ok in accuracy_reach.reached(results)
    ]
    return _table(("aim", "reach", "measured", ""), rows)


def _certainty(results: Results) -> str:
    rows = [
        [
            group,
            *("" if (v := row["adaptive"].get(key)) is None else _short(key, v) for key in _CERTAIN.values()),
        ]
        for group, row in results.items()
        if row["adaptive"]["n_true"]
    ]
    return _table(["group", *_CERTAIN], rows)


def _short(key: str, value: float) -> str:
    """Three decimals, of Brier scores over all candidates, which are very small, four."""
    return f"{value:.{4 if key == 'brier' else 3}f}"


def _scores(results: Results, names: Sequence[str]) -> str:
    rows = [
        [group, *(_score(row[name]) if name in row else "" for name in names)]
        for group, row in results.items()
    ]
    return _table(["group", *(_NAMED.get(name, name) for name in names)], rows)


def _score(row: Mapping[str, Any]) -> str:
    """Pooled F1 with its interval and the worst file's; false spikes per minute where there are none."""
    if not row["n_true"]:
        return f"{row['false_per_minute']:.2f}/min"
    return f"{row['f1']:.3f} [{row['low']:.3f}-{row['high']:.3f}], worst {row['worst']:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
