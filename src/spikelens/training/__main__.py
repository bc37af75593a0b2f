"""Make the default detector's model: ``python -m spikelens.training --to FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from spikelens.training.fitting import TOGETHER, Effort
from spikelens.training.recipe import Recipe, make_model, write_model


def main() -> None:
    """Draw, describe, fit and write; the same flags give the same arrays."""
    parser = argparse.ArgumentParser(prog="python -m spikelens.training", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="folder for adaptive.npz and adaptive.json")
    parser.add_argument("--recordings", type=int, default=Recipe.n_recordings)
    parser.add_argument("--duration", type=float, default=Recipe.duration, help="of each, s")
    parser.add_argument(
        "--trees",
        type=int,
        default=Effort.n_trees,
        help=f"of the first two answers; the third has {TOGETHER.n_trees}",
    )
    parser.add_argument("--tables", type=Path, help="folder that keeps described recordings for the next run")
    parser.add_argument("--workers", type=int, default=1, help="processes that fit at once")
    asked = parser.parse_args()
    recipe = Recipe(asked.recordings, asked.duration, Effort(n_trees=asked.trees))
    write_model(asked.to, make_model(recipe, tables=asked.tables, n_workers=asked.workers), recipe)


if __name__ == "__main__":
    main()
