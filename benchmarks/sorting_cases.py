"""Recordings of known neurons to sort: scenarios, each from two generators of waveforms and noise.

``spikeinterface``: its generator of drifting recordings, as a user of it would call it, in white noise
with spatial decay; it runs in the peers' environment. ``own``: waveforms as sums of three
Gaussians seen from contacts in space, spikes between samples, and noise that is coloured in time.
The coloured wires follow the recipe of Quian Quiroga, Nadasdy and Ben-Shaul (2004): their
background is made of many small spikes.

    python benchmarks/sorting_cases.py FOLDER SCENARIO GENERATOR SEED [SEED ...]

writes one ``.npz`` per recording. All voltages are in uV.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Scenario:
    """What a recording holds; rates in Hz, noise in uV, `background` as a share of the peak."""

    n_units: int
    contacts: str
    duration: float = 120.0
    rate: float = 30_000.0
    rates: tuple[float, float] = (5.0, 20.0)
    noise: tuple[float, float] = (6.0, 8.0)
    amplitude_spread: float = 0.05
    refractory: float = 4e-3
    varied: bool = True
    """Whether shapes vary more than SpikeInterface's defaults, as on one wire they must."""
    drifts: bool = False
    background: float = 0.0
    shapes: str = ""
    margin: float = 10.0
    minimum_distance: float = 5.0
    depth: tuple[float, float] = (5.0, 35.0)


CONTACTS = {
    "wire": np.zeros((1, 2)),
    "tetrode": np.array([[0.0, 0], [0, 20], [20, 0], [20, 20]]),
    "probe": np.array([[x, 20.0 * y] for x in (0.0, 20.0) for y in range(16)]),
}
SCENARIOS = {
    "wire 3": Scenario(3, "wire"),
    "wire 3 low": Scenario(3, "wire", noise=(14.0, 16.0)),
    "wire 5": Scenario(5, "wire", rates=(3.0, 15.0)),
    "tetrode 8": Scenario(8, "tetrode", rates=(2.0, 10.0), margin=15.0, minimum_distance=8.0),
    "tetrode 8 low": Scenario(
        8,
        "tetrode",
        rates=(5.0, 25.0),
        noise=(14.0, 16.0),
        amplitude_spread=0.1,
        margin=15.0,
        minimum_distance=8.0,
    ),
    "probe 20": Scenario(
        20,
        "probe",
        duration=180.0,
        rates=(2.0, 8.0),
        varied=False,
        margin=20.0,
        minimum_distance=18.0,
        depth=(5.0, 45.0),
    ),
}
SCENARIOS["wire 4 rare"] = Scenario(4, "wire", duration=180.0, rates=(0.2, 3.0))
SCENARIOS["tetrode 8 uneven"] = Scenario(8, "tetrode", rates=(0.3, 40.0), margin=15.0, minimum_distance=8.0)
SCENARIOS["probe 20 drifting"] = Scenario(**{**vars(SCENARIOS["probe 20"]), "drifts": True})
for _kind in ("easy", "difficult"):
    for _share in (5, 10, 15):
        SCENARIOS[f"coloured {_kind} {_share}"] = Scenario(
            3, "wire", 60.0, 24_000.0, background=_share / 100, shapes=_kind, refractory=2e-3
        )
# Depolarization, repolarization, recovery (ms), share of the positive phase, smoothing (ms), peak (uV).
SHAPES = {
    "easy": [
        (0.10, 0.25, 0.9, 0.45, 0.03, 100),
        (0.14, 0.60, 1.2, 0.15, 0.05, 100),
        (0.20, 0.95, 1.4, 0.30, 0.10, 85),
    ],
    "difficult": [
        (0.12, 0.45, 1.1, 0.25, 0.04, 100),
        (0.13, 0.58, 1.2, 0.22, 0.05, 100),
        (0.15, 0.75, 1.3, 0.25, 0.06, 95),
    ],
}


def generators_of(name: str) -> tuple[str, ...]:
    """The generators of a scenario; what drifts is SpikeInterface's alone."""
    return ("spikeinterface",) if SCENARIOS[name].drifts else ("spikeinterface", "own")


def generate(name: str, generator: str, seed: int) -> dict[str, Array]:
    """A recording: ``traces`` (n_samples, n_channels) uV, ``sample`` and ``unit`` of its spikes, ``snr``."""
    case = SCENARIOS[name]
    if case.background:
        shapes = _limbs if generator == "spikeinterface" else _gaussians
        return _coloured(case, shapes(case), np.random.default_rng(seed + 1000 * sum(map(ord, name))))
    return (
        _of_spikeinterface(case, seed)
        if generator == "spikeinterface"
        else _own(case, np.random.default_rng(seed))
    )


def _of_spikeinterface(case: Scenario, seed: int) -> dict[str, Array]:
    import spikeinterface.generation as sg
    from probeinterface import generate_multi_columns_probe

    columns = {"wire": [1], "tetrode": [2, 2], "probe": [16, 16]}[case.contacts]
    probe = generate_multi_columns_probe(
        num_columns=len(columns), num_contact_per_column=columns, xpitch=20, ypitch=20,
        contact_shapes="circle", contact_shape_params={"radius": 6},
    )  # fmt: skip
    probe.set_device_channel_indices(np.arange(sum(columns)))
    units: dict[str, Any] = {
        "alpha": (150.0, 500.0) if case.varied else (100.0, 500.0),
        "spatial_decay": (20, 45) if case.varied else (10, 45),
        "ellipse_shrink": (0.4, 1.0),
        "ellipse_angle": (0, 2 * np.pi),
    }
    if case.varied:
        units |= {
            "depolarization_ms": (0.09, 0.20), "repolarization_ms": (0.25, 0.9), "recovery_ms": (0.6, 1.5),
            "positive_amplitude": (0.05, 0.40), "smooth_ms": (0.03, 0.10),
        }  # fmt: skip
    still, moving, truth, more = sg.generate_drifting_recording(
        num_units=case.n_units, duration=case.duration, sampling_frequency=case.rate, probe=probe,
        generate_unit_locations_kwargs={
            "margin_um": case.margin, "minimum_z": case.depth[0], "maximum_z": case.depth[1],
            "minimum_distance": case.minimum_distance, "max_iteration": 100, "distance_strict": False,
            "distribution": "uniform",
        },
        generate_displacement_vector_kwargs={
            "displacement_sampling_frequency": 5.0, "drift_start_um": [0, 20], "drift_stop_um": [0, -20],
            "drift_step_um": 1,
            "motion_list": [{"drift_mode": "zigzag", "non_rigid_gradient": None, "t_start_drift": 30.0,
                             "t_end_drift": None, "period_s": 100}],
        },
        generate_templates_kwargs={
            "ms_before": 1.5, "ms_after": 3.0, "mode": "ellipsoid", "unit_params": units,
        },
        generate_sorting_kwargs={"firing_rates": case.rates, "refractory_period_ms": 1e3 * case.refractory},
        generate_noise_kwargs={"noise_levels": case.noise, "spatial_decay": 25.0},
        amplitude_std=case.amplitude_spread, extra_outputs=True, seed=seed,
    )  # fmt: skip
    spikes = truth.to_spike_vector()
    order = np.argsort(spikes["sample_index"], kind="stable")
    peak = np.abs(more["templates"].get_dense_templates()).max(axis=(1, 2))
    return {
        "traces": (moving if case.drifts else still).get_traces().astype(np.float32),
        "sample": spikes["sample_index"][order].astype(np.int64),
        "unit": spikes["unit_index"][order].astype(np.int64),
        "snr": peak / np.mean(case.noise),
    }


def _own(case: Scenario, rng: np.random.Generator) -> dict[str, Array]:
    """Waveforms of Gaussians that farther contacts see smaller and later, in coloured noise."""
    where = CONTACTS[case.contacts]
    n = round(case.duration * case.rate)
    traces = _coloured_noise(n, where, rng, case)
    samples, units, peaks = [], [], []
    for unit in range(case.n_units):
        see = _unit_seen(where, rng, case)
        peaks.append(np.abs(see(0.0)).max())
        at = _train(rng.uniform(*case.rates), case, rng)
        _inject(traces, at, rng.normal(1.0, case.amplitude_spread, at.size), see)
        samples.append(np.rint(at).astype(np.int64))
        units.append(np.full(at.size, unit))
    return _recording(traces, samples, units, np.array(peaks) / np.mean(case.noise))


def _unit_seen(where: Array, rng: np.random.Generator, case: Scenario) -> Any:
    """What all contacts see of a unit, as a function of its time between samples."""
    span = where.max(axis=0)
    place = np.append(rng.uniform(-case.margin, span + case.margin), rng.uniform(*case.depth))
    apart = np.sqrt(((where - place[:2]) ** 2).sum(axis=1) + place[2] ** 2)
    height = rng.uniform(150, 420) * np.exp(-apart / rng.uniform(20, 45))
    # On few contacts a cell that none of them sees is no cell to find.
    height *= max(1.0, 70.0 / height.max())
    rise, width = rng.uniform(0.06, 0.12), rng.uniform(0.10, 0.30)
    after, late = rng.uniform(0.1, 0.5), rng.uniform(0.4, 0.9)
    first = rng.uniform(0.0, 0.25)
    t = np.arange(-round(1.5e-3 * case.rate), round(3e-3 * case.rate)) / case.rate * 1e3
    delay = 2e-3 * (apart - apart.min())

    def see(fraction: float) -> Array:
        u = t[:, None] - fraction / case.rate * 1e3 - delay[None, :]
        trough = np.where(u < 0, np.exp(-0.5 * (u / rise) ** 2), np.exp(-0.5 * (u / width) ** 2))
        bump = after * np.exp(-0.5 * ((u - late) / (1.5 * width + 0.1)) ** 2)
        lead = first * np.exp(-0.5 * ((u + 3 * rise) / rise) ** 2)
        return np.asarray((-trough + bump + lead) * height[None, :])

    return see


def _train(rate: float, case: Scenario, rng: np.random.Generator) -> Array:
    """Times in samples, not whole, with a refractory period."""
    intervals = case.refractory + rng.exponential(
        1 / rate - case.refractory, round(2 * rate * case.duration) + 50
    )
    at = np.cumsum(intervals)
    return np.asarray(at[(at > 0.01) & (at < case.duration - 0.01)] * case.rate)


def _inject(traces: Array, at: Array, scale: Array, see: Any, steps: int = 8) -> None:
    """Add a unit's spikes, each at the nearest eighth of a sample."""
    whole = np.floor(at).astype(np.int64)
    part = np.minimum(np.rint((at - whole) * steps).astype(int), steps - 1)
    bank = [see(k / steps).astype(np.float32) for k in range(steps)]
    before = round(len(bank[0]) / 3)  # 1.5 ms of 4.5 ms.
    for t, p, a in zip(whole, part, scale, strict=True):
        traces[t - before : t - before + len(bank[p])] += np.float32(a) * bank[p]


def _coloured_noise(n: int, where: Array, rng: np.random.Generator, case: Scenario) -> Array:
    """AR(1) noise with a spatial decay of 25 um."""
    apart = np.sqrt(((where[:, None] - where[None]) ** 2).sum(axis=2))
    mix = np.linalg.cholesky(np.exp(-apart / 25.0) + 1e-6 * np.eye(len(where)))
    from scipy.signal import lfilter

    white = rng.standard_normal((n, len(where)), dtype=np.float32)
    made = lfilter([np.sqrt(1 - 0.6**2)], [1.0, -0.6], white, axis=0).astype(np.float32) @ mix.T.astype(
        np.float32
    )
    return np.asarray(made * rng.uniform(*case.noise, len(where)).astype(np.float32), np.float32)


def _limbs(case: Scenario) -> list[Array]:
    """Waveforms with exponential limbs, as SpikeInterface makes them."""
    from spikeinterface.core.generate import generate_single_fake_waveform as wave

    return [
        a * wave(case.rate, 1.5, 3.0, -1.0, positive, d, r, recovery, smooth).astype(np.float64)
        for d, r, recovery, positive, smooth, a in SHAPES[case.shapes]
    ]


def _gaussians(case: Scenario) -> list[Array]:
    """Waveforms of about the same widths as sums of Gaussians."""
    t = np.arange(-round(1.5e-3 * case.rate), round(3e-3 * case.rate)) / case.rate * 1e3
    out = []
    for d, r, recovery, positive, _, a in SHAPES[case.shapes]:
        trough = np.where(t < 0, np.exp(-0.5 * (t / d) ** 2), np.exp(-0.5 * (t / (0.6 * r)) ** 2))
        out.append(a * (-trough + positive * np.exp(-0.5 * ((t - recovery) / (0.4 * recovery)) ** 2)))
    return out


def _coloured(case: Scenario, shapes: list[Array], rng: np.random.Generator) -> dict[str, Array]:
    """A wire whose noise is the sum of 20,000 small spikes per second, of 60 random shapes."""
    n, length = round(case.duration * case.rate), len(shapes[0])
    t = np.arange(-round(1.5e-3 * case.rate), round(3e-3 * case.rate)) / case.rate * 1e3
    trace = np.zeros(n + 2 * length)
    for _ in range(60):
        rise, width = rng.uniform(0.06, 0.15), rng.uniform(0.12, 0.5)
        bump = rng.uniform(0.05, 0.45) * np.exp(-0.5 * ((t - rng.uniform(0.6, 1.4)) / 0.4) ** 2)
        small = -np.where(t < 0, np.exp(-0.5 * (t / rise) ** 2), np.exp(-0.5 * (t / width) ** 2)) + bump
        impulses = np.zeros(n + length)
        k = rng.poisson(20_000 / 60 * case.duration)
        np.add.at(impulses, rng.integers(0, n + length, k), rng.exponential(1.0, k))
        made = np.convolve(impulses, small)
        trace[: made.size] += made[: trace.size]
    trace = trace[length : length + n]
    peak = max(np.abs(s).max() for s in shapes)
    trace = (trace - trace.mean()) * (case.background * peak / trace.std())
    samples, units = [], []
    for unit, shape in enumerate(shapes):
        at = np.rint(_train(20.0, case, rng)).astype(np.int64)
        before = round(1.5e-3 * case.rate)
        for s in at:
            trace[s - before : s - before + length] += shape
        samples.append(at)
        units.append(np.full(at.size, unit))
    snr = np.array([np.abs(s).max() for s in shapes]) / (case.background * peak)
    return _recording(trace[:, None].astype(np.float32), samples, units, snr)


def _recording(traces: Array, samples: list[Array], units: list[Array], snr: Array) -> dict[str, Array]:
    sample, unit = np.concatenate(samples), np.concatenate(units)
    order = np.argsort(sample, kind="stable")
    return {"traces": traces, "sample": sample[order], "unit": unit[order], "snr": snr}


def path_of(folder: Path, name: str, generator: str, seed: int) -> Path:
    """Where a recording is kept."""
    return folder / f"{name.replace(' ', '_')}-{generator}-{seed}.npz"


if __name__ == "__main__":
    _folder, _name, _generator, *_seeds = sys.argv[1:]
    for _seed in map(int, _seeds):
        _path = path_of(Path(_folder), _name, _generator, _seed)
        if not _path.exists():
            np.savez(_path, **generate(_name, _generator, _seed))  # type: ignore[arg-type]
