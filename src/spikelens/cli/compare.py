"""``spikelens compare``: two tables of labels, and each with the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikelens.cli._options import as_json

if TYPE_CHECKING:
    from spikelens.labels import Agreement, Labels


@click.command("compare")
@click.argument("labels_a", type=click.Path(path_type=Path))
@click.argument("labels_b", type=click.Path(path_type=Path))
@click.option("--truth", type=click.Path(path_type=Path), help="Labels to score both against.")
@click.option("--label", "name", default="spike", show_default=True, help="What precision and recall are of.")
@as_json
def command(labels_a: Path, labels_b: Path, truth: Path | None, name: str, as_json: bool) -> None:
    """Compare labels item by item: agreement, kappa, precision, recall, F1 and the confusion matrix.

    The first file is scored against the second or, with --truth, each against the truth.
    """
    from spikelens.files import to_json
    from spikelens.labelfiles import read_labels
    from spikelens.labels import compare

    one, other = read_labels(labels_a), read_labels(labels_b)
    pairs: list[tuple[str, str, Labels, Labels]] = [(labels_a.name, labels_b.name, one, other)]
    if truth:
        true = read_labels(truth)
        pairs += [(labels_a.name, truth.name, one, true), (labels_b.name, truth.name, other, true)]
    documents = [_document(a, b, compare(x, y), x, name) for a, b, x, y in pairs]
    whole = {"schema_version": 1, "comparisons": documents}
    click.echo(to_json(whole) if as_json else "\n".join(map(_in_words, documents)))


def _document(one: str, other: str, agreement: Agreement, labels: Labels, name: str) -> dict[str, Any]:
    return {
        "labels": one,
        "reference": other,
        **agreement.figures(name),
        "of": name,
        "n_only_one": agreement.n_only_one,
        "classes": list(agreement.classes),
        "confusion": agreement.confusion.tolist(),
        "differing_items": labels.item[agreement.differing].tolist(),
    }


def _in_words(document: dict[str, Any]) -> str:
    figures = ("agreement", "kappa", "precision", "recall", "f1")
    told = ", ".join(f"{name} {document[name]:.3f}" for name in figures if name in document)
    lines = [f"{document['labels']} against {document['reference']}: {document['n_items']:.0f} items, {told}"]
    width = max(len(name) for name in document["classes"]) + 2
    lines.append(
        f"  {'':{width}}" + "".join(f"{name:>{width + 4}}" for name in document["classes"]) + "  <- called"
    )
    for name, row in zip(document["classes"], document["confusion"], strict=True):
        lines.append(f"  {name:{width}}" + "".join(f"{n:>{width + 4},}" for n in row))
    return "\n".join(lines)
