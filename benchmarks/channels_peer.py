"""SpikeInterface on the file that `channels.py` wrote; run by its environment's Python.

    python channels_peer.py FOLDER

Prints a line per figure: what, a tab, millions of samples x channels per CPU second.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")


def main(folder: Path) -> None:
    import numpy as np
    import probeinterface
    import spikeinterface
    import spikeinterface.preprocessing as preprocessing
    from spikeinterface.core import BinaryRecordingExtractor
    from spikeinterface.sortingcomponents.peak_detection import detect_peaks

    probe = probeinterface.read_probeinterface(folder / "probe.json")
    n_channels = probe.get_contact_count()
    raw = BinaryRecordingExtractor(
        [folder / "probe.bin"],
        sampling_frequency=30_000.0,
        num_channels=n_channels,
        dtype="int16",
        gain_to_uV=2.34,
        offset_to_uV=0,
        is_filtered=False,
    )
    raw.set_probegroup(probe)
    some = raw.frame_slice(0, min(raw.get_num_frames(), 60 * 30_000))
    referenced = preprocessing.common_reference(some, reference="global", operator="median")
    filtered = preprocessing.bandpass_filter(
        referenced, freq_min=300.0, freq_max=6000.0, filter_order=3, dtype="float32"
    )
    n_values = some.get_num_frames() * n_channels
    noise = np.full(n_channels, 3.0)
    begun = time.process_time()
    peaks = detect_peaks(
        filtered,
        method="locally_exclusive",
        method_kwargs={
            "peak_sign": "neg",
            "detect_threshold": 5,
            "exclude_sweep_ms": 0.8,
            "radius_um": 50.0,
            "noise_levels": noise,
        },
        job_kwargs={"n_jobs": 1, "chunk_duration": "1s", "progress_bar": False},
    )
    whole = n_values / (time.process_time() - begun) / 1e6
    version = spikeinterface.__version__
    print(f"raw file to peaks, SpikeInterface {version} ({len(peaks)} peaks)\t{whole:,.0f}")
    traces = filtered.get_traces(start_frame=0, end_frame=60_000)
    held = spikeinterface.core.NumpyRecording([traces], 30_000.0)
    held.set_probegroup(probe)
    settings = {"peak_sign": "neg", "detect_threshold": 5, "radius_um": 50.0, "noise_levels": noise}
    for _ in range(2):
        begun = time.process_time()
        detect_peaks(
            held,
            method="locally_exclusive",
            method_kwargs={**settings, "exclude_sweep_ms": 0.8},
            job_kwargs={"n_jobs": 1, "chunk_duration": "1s", "progress_bar": False},
        )
        alone = traces.size / (time.process_time() - begun) / 1e6
    print(f"locally exclusive peaks alone, in memory, SpikeInterface {version}\t{alone:,.0f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
