"""Our objects in SpikeInterface's hands; runs in the peers' environment and prints JSON.

python peer_spikeinterface.py WHAT FOLDER, with our sources on PYTHONPATH.
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from pathlib import Path

import numpy as np

from spikelens import Recording, Spikes
from spikelens.trains import spikes_of_trains


def recording_of(folder: Path) -> Recording:
    """Two sweeps of three channels, as stored by the test."""
    with np.load(folder / "probe.npz") as held:
        made = Recording.from_array(
            held["samples"], 20_000.0, gain=1.95e-7, sweep_lengths=held["lengths"].tolist()
        )
    return made


def trains_of(folder: Path) -> dict[int, np.ndarray]:
    with np.load(folder / "trains.npz") as held:
        return {int(name): held[name] for name in held.files}


def out(folder: Path) -> dict[str, object]:
    """Traces, times and an analyzer, all by SpikeInterface."""
    import spikeinterface.core as si

    recording = recording_of(folder)
    spikes = spikes_of_trains(recording, trains_of(folder), made_by="test", in_samples=True)
    theirs, sorting = recording.to_spikeinterface(), spikes.to_spikeinterface(recording)
    again = pickle.loads(pickle.dumps(theirs))
    bounds = recording.sweeps.bounds
    volts = [theirs.get_traces(segment_index=k, return_in_uV=True) * 1e-6 for k in (0, 1)]
    analyzer = si.create_sorting_analyzer(sorting, theirs, sparse=False)
    analyzer.compute(["random_spikes", "waveforms", "templates", "noise_levels"])
    templates = analyzer.get_extension("templates").get_templates()
    back = Spikes.from_spikeinterface(sorting, recording)
    return {
        "stored_is_equal": all(
            (theirs.get_traces(segment_index=k) == recording.stored(int(bounds[k]), int(bounds[k + 1]))).all()
            and (theirs.get_traces(segment_index=k) == again.get_traces(segment_index=k)).all()
            for k in (0, 1)
        ),
        "off_volts": float(max(np.abs(v - recording.read_sweep(k)).max() for k, v in enumerate(volts))),
        "n_samples": [theirs.get_num_samples(k) for k in (0, 1)],
        "rate": theirs.get_sampling_frequency(),
        "frames": {
            str(u): [sorting.get_unit_spike_train(u, segment_index=k).tolist() for k in (0, 1)]
            for u in sorting.unit_ids
        },
        "template_shape": list(templates.shape),
        "deepest": [int(np.abs(t).max(axis=0).argmax()) for t in templates],
        "back": {str(u): back.sample_index[back["unit_id"] == u].tolist() for u in sorting.unit_ids},
    }


def back(folder: Path) -> dict[str, object]:
    """A recording that SpikeInterface made and filtered, read as ours and searched."""
    import spikeinterface.core as si

    from spikelens import read

    recording, sorting = si.generate_ground_truth_recording(
        durations=[4.0, 3.0], num_channels=4, num_units=3, seed=0, sampling_frequency=20_000.0
    )
    ours = Recording.from_spikeinterface(recording)
    volts = [recording.get_traces(segment_index=k, return_in_uV=True) * 1e-6 for k in (0, 1)]
    again = Recording.from_spikeinterface(ours.to_spikeinterface())
    spikes = Spikes.from_spikeinterface(sorting, ours)
    recording.save(folder=folder / "saved", n_jobs=1, progress_bar=False, verbose=False)
    reopened = read(folder / "saved")
    return {
        "off_volts": float(np.abs(ours.read() - np.concatenate(volts)).max()),
        "n_sweeps": len(ours.sweeps),
        "channels": [c.name for c in ours.channels],
        "again_is_equal": bool((again.read() == ours.read()).all()),
        "saved_is_equal": bool((reopened.read() == ours.read()).all())
        and reopened.reader == "spikeinterface",
        "counts": [int((spikes["unit_id"] == k).sum()) for k in range(3)],
        "their_counts": [
            sum(len(sorting.get_unit_spike_train(u, segment_index=k)) for k in (0, 1))
            for u in sorting.unit_ids
        ],
    }


def nwb(folder: Path) -> dict[str, object]:
    """Our extracellular NWB file, read by SpikeInterface."""
    from spikeinterface.extractors import read_nwb_recording, read_nwb_sorting

    theirs = read_nwb_recording(folder / "probe.nwb", electrical_series_path="acquisition/ElectricalSeries")
    sorting = read_nwb_sorting(folder / "probe.nwb", electrical_series_path="acquisition/ElectricalSeries")
    np.save(folder / "volts.npy", theirs.get_traces(return_in_uV=True) * 1e-6)
    return {
        "rate": theirs.get_sampling_frequency(),
        "channels": [str(c) for c in theirs.channel_ids],
        "locations": np.asarray(theirs.get_channel_locations()).tolist(),
        "frames": {str(u): sorting.get_unit_spike_train(u).tolist() for u in sorting.unit_ids},
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump({"out": out, "back": back, "nwb": nwb}[sys.argv[1]](Path(sys.argv[2])), sys.stdout)
