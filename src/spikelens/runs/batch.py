"""Many recordings: each on its own, then one summary in which no two cells are pooled."""

from __future__ import annotations

import statistics
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from spikelens import api, rooms
from spikelens.detecting import Progress
from spikelens.engines import Engine
from spikelens.engines.serial import Serial
from spikelens.engines.threads import Threads
from spikelens.errors import BadParameter, InputError, SpikelensError, UnreadableFile
from spikelens.files import unique_names
from spikelens.runs.one import run_file
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing
from spikelens.runs.sheet import Sheet
from spikelens.runs.tables import write_rows, write_sheets
from spikelens.summary import Row

Rows = list[Row]


@dataclass(frozen=True)
class Batch:
    """What became of each file."""

    records: list[dict[str, Any]]
    failures: list[tuple[Path, SpikelensError]]
    excluded: list[Path]
    unfinished: list[Path] = field(default_factory=list)
    """Recordings of which other shards still have parts to do."""


Watch = Callable[[Path], Progress]
"""Called with a file as it begins; returns what is told of its progress."""


def run_batch(
    paths: Sequence[Path],
    out: Path,
    request: Request,
    *,
    sheet: Sheet | None,
    force: bool,
    watch: Watch,
    sharing: Sharing | None = None,
) -> Batch:
    """Run each file into its own folder below `out`; one that fails does not stop the others.

    For several files, ``summary.csv`` and ``summary.xlsx`` list every sweep, recording,
    cell and group; a shard of them writes no summary. Several files go to the engine of
    `sharing` (this machine's cores by default), the longest first; a single one is shared
    out itself where it is of many channels.
    """
    if request.labels and len(paths) > 1:
        raise BadParameter(
            f"labels are of one recording, and {len(paths)} were given: teach with one and --save-model, then"
            " give --model to the others"
        )
    kept = [p for p in paths if sheet is None or not sheet.excludes(p)]
    named = list(zip(kept, unique_names(kept), strict=True))
    jobs = [Job(k, path, out / name, request, force) for k, (path, name) in enumerate(named)]
    if len(jobs) > 1:
        ended = _on_engine(sharing or Sharing(), jobs, watch)
    else:
        ended = [_run(job, sharing, watch(job.path)) for job in jobs]
    batch = Batch([], [], [p for p in paths if p not in kept])
    for job, outcome in zip(jobs, ended, strict=True):
        if isinstance(outcome, SpikelensError):
            batch.failures.append((job.path, outcome))
        elif outcome is not None and not outcome.get("complete", True):
            batch.unfinished.append(job.path)
        elif outcome is not None:
            batch.records.append(outcome)
    is_shard = sharing is not None and sharing.shard is not None
    if len(paths) > 1 and batch.records and not is_shard:
        write_summary(out, batch.records, sheet)
    return batch


@dataclass(frozen=True)
class Job:
    """One file to run; small, so that it can be sent to another process."""

    number: int
    path: Path
    folder: Path
    request: Request
    force: bool

    def __str__(self) -> str:
        return str(self.path)

    @property
    def size(self) -> int:
        """Bytes of the file, which tell how long it will take."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


Outcome = dict[str, Any] | SpikelensError


def _run(job: Job, sharing: Sharing | None = None, progress: Progress | None = None) -> Outcome:
    """Run one file; what goes wrong with it is an outcome as well."""
    try:
        return run_file(
            job.path, job.folder, job.request, force=job.force, sharing=sharing, progress=progress
        )
    except SpikelensError as why:
        return why
    except Exception as why:
        return _fault(why)


def _on_engine(sharing: Sharing, jobs: Sequence[Job], watch: Watch) -> list[Outcome | None]:
    """Run this shard's files on an engine, the longest first; None for another shard's."""
    mine = sharing.mine(sorted(jobs, key=lambda job: (-job.size, job.number)))
    ended: list[Outcome | None] = [None] * len(jobs)
    tell, done = watch(Path(f"batch of {len(mine)} recordings")), 0
    total = sum(job.size for job in mine)
    for k, outcome in sharing.engine.run(partial(_numbered, _within(sharing.engine, len(mine))), mine):
        ended[k] = outcome
        done += jobs[k].size
        tell(done, total)
    return ended


def _within(engine: Engine, n_files: int) -> Sharing:
    """How a file of many channels among others is shared out: by threads that the others leave free."""
    spare = engine.crew // max(n_files, 1)
    return Sharing(Threads(workers=spare) if isinstance(engine, Threads) and spare > 1 else Serial())


def _numbered(sharing: Sharing, job: Job) -> tuple[int, Outcome]:
    """One task: run a file."""
    return job.number, _run(job, sharing)


def _fault(why: Exception) -> SpikelensError:
    """A fault of ours, in one line: it must not cost the other recordings their results."""
    place = traceback.extract_tb(why.__traceback__)[-1]
    said = " ".join(str(why).split()) or "no more is known"
    return SpikelensError(
        f"a fault in Spikelens, {type(why).__name__} at {Path(place.filename).name}:{place.lineno} ({said});"
        " please report it with this line"
    )


def files_in(paths: Sequence[Path]) -> list[Path]:
    """The recordings that files and folders name; a folder's are those whose ending a reader knows.

    Raises
    ------
    UnreadableFile
        A folder without recordings.
    """
    known = {s for name in rooms.names("readers") for s in rooms.load("readers", name).suffixes}
    found: list[Path] = []
    for path in paths:
        # What does not exist is kept: it fails in its turn, and not the others with it.
        if not path.is_dir() or _is_recording(path):
            found.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in known)
        recordings = [p for p in inside if _is_recording(p)]
        if not recordings:
            raise UnreadableFile(
                f"{path} holds no recording; give its files by name, or a folder with some that end in "
                f"{', '.join(sorted(known))}"
            )
        found += recordings
    return list(dict.fromkeys(found))


def _is_recording(path: Path) -> bool:
    try:
        api.reader_of(path)
    except InputError:
        return False
    return True


def write_summary(out: Path, records: Sequence[Mapping[str, Any]], sheet: Sheet | None) -> None:
    """Write ``summary.csv`` and ``summary.xlsx`` below `out`."""
    recordings = [recording_row(record, sheet) for record in records]
    sweeps = [
        row for record, whole in zip(records, recordings, strict=True) for row in _sweeps(record, whole)
    ]
    cells = cell_rows(recordings)
    levels: dict[str, Rows] = {
        "sweeps": sweeps,
        "recordings": recordings,
        "cells": cells,
        "groups": group_rows(cells),
    }
    joined = [{"level": level.removesuffix("s"), **row} for level, rows in levels.items() for row in rows]
    write_rows(out / "summary.csv", joined)
    write_sheets(out / "summary.xlsx", {name: rows for name, rows in levels.items() if rows})


def recording_row(record: Mapping[str, Any], sheet: Sheet | None) -> Row:
    """One recording's row: who it is, its train, and the median of each feature."""
    path = Path(record["path"])
    named = dict(sheet.of(path)) if sheet else {}
    identity: Row = {"file": str(path), "cell": named.get("cell") or str(path)}
    identity |= {c: named[c] for c in ("animal", "group", "condition") if named.get(c)}
    train = {k: v for k, v in record["sweeps"][-1].items() if k not in ("sweep", "start_time")}
    medians = {f"median_{row['feature']}": row["median"] for row in record["features"]}
    return {**identity, "mode": record["mode"], "method": record["method"], **train, **medians}


def _sweeps(record: Mapping[str, Any], whole: Row) -> Rows:
    identity: Row = {k: whole[k] for k in ("file", "cell", "animal", "group", "condition") if k in whole}
    return [{**identity, **row} for row in record["sweeps"] if row["sweep"] != "all"]


def cell_rows(recordings: Sequence[Row]) -> Rows:
    """One row per cell and condition: counts and time added up, the rest as medians of its recordings."""
    rows: Rows = []
    for key in dict.fromkeys((r["cell"], r.get("condition", "")) for r in recordings):
        mine = [r for r in recordings if (r["cell"], r.get("condition", "")) == key]
        identity: Row = {k: mine[0][k] for k in ("cell", "animal", "group", "condition") if k in mine[0]}
        spikes, exposure = _total(mine, "spikes"), _total(mine, "exposure")
        rate = spikes / exposure if exposure else None
        summed: Row = {"recordings": len(mine), "spikes": spikes, "exposure": exposure, "average_rate": rate}
        rows.append({**identity, **summed, **_medians(mine, skip={*identity, *summed})})
    return rows


def group_rows(cells: Sequence[Row]) -> Rows:
    """One row per group and condition; its n is its cells, with its animals beside; medians over cells."""
    rows: Rows = []
    for key in dict.fromkeys((c.get("group", ""), c.get("condition", "")) for c in cells if c.get("group")):
        mine = [c for c in cells if (c.get("group", ""), c.get("condition", "")) == key]
        animals = {c["animal"] for c in mine if "animal" in c}
        identity: Row = {"group": key[0], "condition": key[1], "n_cells": len({c["cell"] for c in mine})}
        identity["n_animals"] = len(animals) or None
        rows.append(identity | _medians(mine, skip={*identity, "recordings", "spikes", "exposure"}))
    return rows


def _total(rows: Sequence[Row], name: str) -> float:
    return sum(value for row in rows if isinstance(value := row.get(name), (int, float)))


def _medians(rows: Sequence[Row], *, skip: set[str]) -> Row:
    names = [n for n in dict.fromkeys(n for row in rows for n in row) if n not in skip]
    values = {n: [v for row in rows if isinstance(v := row.get(n), (int, float)) and v == v] for n in names}
    return {n: statistics.median(v) for n, v in values.items() if v}
