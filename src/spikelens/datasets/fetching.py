"""The verb `fetch`: a public recording by its name."""

from __future__ import annotations

import os
from pathlib import Path

from spikelens.datasets.catalogue import Dataset, dataset_named
from spikelens.datasets.downloading import Progress, Wanted, download
from spikelens.errors import MissingFact
from spikelens.folders import user_cache


def fetch(name: str, *, folder: str | Path | None = None, progress: Progress | None = None) -> Path:
    """Get a public recording, once; afterwards it is there.

    Parameters
    ----------
    name : str
        A name of the catalogue: ``spikelens fetch`` lists them.
    folder : path, optional
        Where to keep it; a folder of your user's cache by default, or what
        ``SPIKELENS_DATASETS`` names.
    progress : callable, optional
        Called with bytes done and bytes in all.

    Returns
    -------
    Path
        The file, whose checksum is right.

    Raises
    ------
    UnknownName
        No such data set.
    MissingFact
        It needs an account; the message says the steps.
    DownloadFailed
        The address does not answer, or gives another file.
    """
    return fetched(dataset_named(name), folder, progress)[0]


def fetched(dataset: Dataset, folder: str | Path | None, progress: Progress | None) -> tuple[Path, bool]:
    """Where a data set lies, and whether it had to be fetched."""
    if not dataset.address:
        raise MissingFact(f"{dataset.name} needs an account: {'; then '.join(dataset.steps)}")
    path = (datasets_folder() if folder is None else Path(folder)) / dataset.file_name
    wanted = Wanted(dataset.address, dataset.n_bytes, dataset.sha256)
    return path, download(wanted, path, progress=progress)


def datasets_folder() -> Path:
    """Where fetched recordings are kept."""
    named = os.environ.get("SPIKELENS_DATASETS")
    return Path(named) if named else user_cache() / "datasets"
