"""``spikelens demo``: the main job on a simulated cell, whose truth is known."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path), default="demo", show_default=True, help="Where to.")
def command(out: Path) -> None:
    """Find and score the spikes of a simulated cell.

    Simulates a cell, finds its spikes, scores them against the truth and writes the figures.
    """
    from spikelens.cli._progress import progress_on_stderr
    from spikelens.errors import OutputExists
    from spikelens.runs.one import run_file
    from spikelens.runs.request import Request
    from spikelens.runs.simulating import write_simulation
    from spikelens.runs.truth import score_files
    from spikelens.runs.words import screen

    with progress_on_stderr(1, quiet=False) as watch:
        recording = out / "cell.npz"
        asked = {"duration": 60.0, "sampling_rate": 20_000.0, "difficulty": "medium", "seed": 7}
        # An earlier demo is replaced; anybody's own cell.npz is not.
        is_demo = recording.with_suffix(".truth.csv").exists() and (out / "cell" / "run.json").exists()
        if recording.exists() and not is_demo:
            raise OutputExists(f"{recording} is there already, and of no demo; choose another --out")
        truth = write_simulation(recording, asked, {}, force=is_demo)
        record = run_file(recording, out / "cell", Request(), force=True, progress=watch(recording))
    score = score_files(out / "cell" / "spikes.csv", truth, tolerance=1e-3)
    click.echo(screen(record))
    click.echo(
        f"  against the truth: {score.n_matched} of {score.n_true} found,"
        f" {score.n_found - score.n_matched} false, F1 {score.f1:.3f}"
    )
    click.echo(f"  look at {out / 'cell' / 'report.html'}")
