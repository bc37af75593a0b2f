"""Probes through probeinterface itself; runs in the peers' environment and prints JSON.

python peer_probeinterface.py read|write PATH
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def read(path: Path) -> dict[str, object]:
    """What it reads from a file with one probe."""
    import probeinterface

    (probe,) = probeinterface.read_probeinterface(path).probes
    return {
        "channels": probe.device_channel_indices.tolist(),
        "positions": probe.contact_positions.tolist(),
        "shanks": list(probe.shank_ids),
    }


def write(path: Path) -> dict[str, object]:
    """Write two shanks and a tetrode, and say what they are."""
    import probeinterface

    shanks = probeinterface.generate_multi_shank(num_shank=2, num_columns=1, num_contact_per_column=5)
    shanks.set_device_channel_indices([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    tetrode = probeinterface.generate_tetrode()
    tetrode.set_device_channel_indices([12, 11, 14, 13])
    group = probeinterface.ProbeGroup()
    group.add_probe(shanks)
    group.add_probe(tetrode)
    probeinterface.write_probeinterface(path, group)
    channels, positions, names, probes = [], [], [], []
    for k, probe in enumerate(group.probes):
        channels += probe.device_channel_indices.tolist()
        positions += probe.contact_positions.tolist()
        names += [str(s) for s in probe.shank_ids] if probe.shank_ids is not None else [""] * 4
        probes += [k] * probe.get_contact_count()
    return {"channels": channels, "positions": positions, "shanks": names, "probes": probes}


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"read": read, "write": write}[sys.argv[1]](Path(sys.argv[2]))))
