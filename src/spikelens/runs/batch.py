"""Many recordings: each on its own, then one summary in which no two cells are pooled."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
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
from spikelens.runs.summing import refuse_to_forget, write_summary

OF_ANYTHING = {".csv", ".tsv", ".txt", ".asc", ".dat", ".bin", ".raw", ".xlsx", ".xlsm"}
OF_ANYTHING |= {".continuous", ".oebin", ".rec", ".tbk", ".tsq"}
"""Endings that files beside recordings bear as well."""


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

    Raises
    ------
    OutputExists
        A summary there is of recordings that are not among `paths`, and `force` was not given;
        or it is none of ours.
    """
    if request.labels and len(paths) > 1:
        raise BadParameter(
            f"labels are of one recording, and {len(paths)} were given: teach with one and --save-model, then"
            " give --model to the others"
        )
    is_summed = len(paths) > 1 and (sharing is None or sharing.shard is None)
    if is_summed:
        refuse_to_forget(out, paths, force=force)
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
    if is_summed and batch.records:
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

    A file that cannot be read is among them if its ending is a recording's only: it fails in its turn.

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
        recordings = [p for p in inside if p.suffix.lower() not in OF_ANYTHING or _is_recording(p)]
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
