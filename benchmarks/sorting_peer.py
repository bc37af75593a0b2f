"""One of SpikeInterface's sorters on one recording, in a process of its own; `sorting.py` calls it.

    python sorting_peer.py SORTER FOLDER

reads ``in.npz`` of the folder and the samples in ``traces.bin``, writes ``out.npz`` (sample, unit), and
prints CPU seconds, peak memory and version as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(sorter: str, folder: Path) -> None:
    import spikeinterface
    import spikeinterface.full as si
    from probeinterface import Probe

    si.set_global_job_kwargs(n_jobs=1, chunk_duration="1s", progress_bar=False)
    with np.load(folder / "in.npz") as held:
        rate, contacts = float(held["rate"]), held["contacts"]
    shape = {"dtype": "float32", "num_channels": len(contacts), "gain_to_uV": 1.0, "offset_to_uV": 0.0}
    recording = si.read_binary(folder / "traces.bin", rate, **shape)
    probe = Probe(ndim=2, si_units="um")
    probe.set_contacts(positions=contacts, shapes="circle", shape_params={"radius": 6})
    probe.set_device_channel_indices(np.arange(len(contacts)))
    # Some versions place the probe in the recording, others in a copy.
    recording = recording.set_probe(probe) or recording
    recording.annotate(is_filtered=True)
    begun = os.times()
    found: Any = si.run_sorter(
        sorter, recording, folder=folder / "sorted", verbose=False, **settings(sorter, len(contacts))
    )
    ended = os.times()
    vector = found.to_spike_vector()
    np.savez(folder / "out.npz", sample=vector["sample_index"], unit=vector["unit_index"])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    told = {"cpu": sum(ended[:4]) - sum(begun[:4]), "peak_mb": max(peak_memory(), children)}
    # SpikeInterface loads torch wherever it is installed, half a gigabyte, if the sorter needs it or not.
    told |= {"spikeinterface": spikeinterface.__version__, "torch": "torch" in sys.modules}
    print(json.dumps(told))


def peak_memory() -> float:
    """The most memory that this process held, MB; of Linux, where ``ru_maxrss`` counts the parent's, too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1e3
    raise RuntimeError("/proc/self/status has no VmHWM")


def settings(sorter: str, n_channels: int) -> dict[str, Any]:
    """What differs from a sorter's defaults: seeds, and no motion correction where there are few channels."""
    if sorter == "spykingcircus2" and n_channels < 32:
        return {"apply_motion_correction": False}
    if sorter in ("tridesclous2", "lupin"):
        return {"seed": 0, "save_array": False}
    return {"seed": 0} if sorter == "simple" else {}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
