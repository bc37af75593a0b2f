"""Everything a simulated recording is made of, declared once.

Values are in SI units. A level of difficulty says from where each is drawn (`levels`);
any can be overridden by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class ConductanceCell(Method):
    """A cell with the sodium and potassium currents of Traub and Miles (1991).

    With an M current and a slow inactivation of sodium, which makes spikes of a burst
    smaller; densities after Pospischil et al. (2008).
    """

    capacitance: float = param(3e-10, unit="F", low=2e-11, high=2e-9, help="Of the whole membrane.")
    leak: float = param(0.45, unit="S/m2", low=0.05, high=5, help="Leak conductance.")
    leak_reversal: float = param(-0.08, unit="V", low=-0.1, high=-0.05, help="Where the leak alone rests.")
    sodium: float = param(516.0, unit="S/m2", low=100, high=3000, help="Sodium conductance.")
    potassium: float = param(100.0, unit="S/m2", low=10, high=1000, help="Delayed rectifier's conductance.")
    m_current: float = param(4.5, unit="S/m2", low=0, high=50, help="Slow potassium: spike rate adapts.")
    height_adaptation: float = param(
        0.45, low=0, high=0.9, help="Share of sodium that strong firing inactivates slowly."
    )
    height_recovery: float = param(0.15, unit="s", low=0.005, high=5, help="Time it takes to recover.")


@dataclass(frozen=True, kw_only=True)
class IntegrateAndFireCell(Method):
    """An adaptive exponential cell (Brette and Gerstner 2005) with spikes drawn by numbers."""

    capacitance: float = param(3e-10, unit="F", low=2e-11, high=2e-9, help="Of the whole membrane.")
    membrane_time: float = param(0.015, unit="s", low=0.001, high=0.1, help="Time constant at rest.")
    rest: float = param(-0.075, unit="V", low=-0.1, high=-0.05, help="Where the leak alone rests.")
    sharpness: float = param(
        1.5e-3, unit="V", low=2e-4, high=0.01, help="How gradually a spike sets off from its threshold."
    )
    adaptation: float = param(1e-9, unit="S", low=0, high=1e-7, help="Current that follows the voltage.")
    spike_adaptation: float = param(5e-11, unit="A", low=0, high=2e-9, help="Outward current per spike.")
    adaptation_time: float = param(0.15, unit="s", low=0.005, high=5, help="How long both last.")
    spike_width: float = param(8e-4, unit="s", low=1e-4, high=0.01, help="At half height, in the cell.")
    spike_rise: float = param(0.3, low=0.05, high=0.8, help="Share of the width before the peak.")
    spike_size: float = param(0.09, unit="V", low=0.02, high=0.14, help="From foot to peak, in the cell.")
    trough: float = param(0.008, unit="V", low=-0.01, high=0.04, help="How far below its foot a spike ends.")
    hump: float = param(
        0.0, unit="A", low=0, high=5e-9, help="Inward current per spike: afterdepolarisation."
    )
    hump_time: float = param(0.01, unit="s", low=0.001, high=0.2, help="How long it lasts.")
    refractoriness: float = param(0.03, unit="V", low=0, high=0.2, help="Rise of the threshold per spike.")
    refractory_time: float = param(2.5e-3, unit="s", low=1e-4, high=0.1, help="How long that lasts.")
    height_loss: float = param(0.1, low=0, high=0.8, help="Share of its height that a spike costs the next.")
    broadening: float = param(0.0, low=0, high=10, help="Share of its width gained per share of height lost.")
    height_recovery: float = param(0.15, unit="s", low=0.005, high=5, help="Time it takes to recover.")


@dataclass(frozen=True, kw_only=True)
class Drive(Method):
    """What reaches the cell: synaptic noise, volleys, tones and test pulses."""

    rate: float = param(
        1.0, unit="Hz", low=0, high=50, help="Spikes per second aimed at; 0 is a silent cell."
    )
    excitation: float = param(1.0, low=0, high=5, help="Mean excitation against Destexhe et al. (2001).")
    synaptic_noise: float = param(1.0, low=0, high=5, help="Spread of both conductances against the same.")
    up_states: bool = param(False, help="Input comes and goes over about half a second.")
    tones: bool = param(True, help="A protocol of pure tones.")
    tone_interval: float = param(1.0, unit="s", low=0.05, high=60, help="From tone to tone.")
    tone_duration: float = param(0.025, unit="s", low=0, high=10, help="Of one tone.")
    tone_latency: float = param(0.018, unit="s", low=0, high=1, help="From tone to volley.")
    tone_jitter: float = param(0.002, unit="s", low=0, high=0.1, help="Spread of the latency.")
    tone_reliability: float = param(0.6, low=0, high=1, help="Share of tones that send a volley.")
    tone_strength: float = param(1.0, low=0, high=20, help="Mean size of tone volleys; 1 is 18 nS.")
    volley_rate: float = param(0.8, unit="Hz", low=0, high=50, help="Volleys that no tone calls.")
    volley_strength: float = param(1.0, low=0, high=20, help="Their mean size; 1 is 12 nS.")
    volley_decay: float = param(
        0.004, unit="s", low=0.001, high=0.1, help="How long a volley's excitation lasts."
    )
    volley_inhibition: float = param(
        1.5, low=0, high=10, help="Inhibition that follows a volley by 3 ms, against its excitation."
    )
    burst_rate: float = param(0.0, unit="Hz", low=0, high=10, help="Strong volleys that call 2 to 6 spikes.")
    pulses: bool = param(False, help="Test pulses of current.")
    pulse_interval: float = param(2.0, unit="s", low=0.05, high=600, help="From pulse to pulse.")
    pulse_duration: float = param(0.05, unit="s", low=0.001, high=10, help="Of one pulse.")
    pulse_current: float = param(-1e-10, unit="A", low=-5e-9, high=5e-9, help="Of one pulse.")
    pulse_ladder: int = param(
        1, low=1, high=100, help="So many pulses climb to that current in even steps, then anew."
    )


@dataclass(frozen=True, kw_only=True)
class Tuning(Method):
    """Which tones are played, and which of them the cell hears.

    A tone sends a volley with the drive's reliability, times a Gaussian of its distance in
    octaves from the preferred frequency, times a logistic function of its level.
    """

    tone_frequencies: int = param(
        0, low=0, high=1000, help="Frequencies played, evenly in octaves; 0: tones are all alike."
    )
    tone_lowest: float = param(2000.0, unit="Hz", low=20, high=2e5, help="The lowest frequency.")
    tone_highest: float = param(32_000.0, unit="Hz", low=20, high=2e5, help="The highest frequency.")
    tone_levels: int = param(1, low=1, high=200, help="Levels played, evenly from quiet to loud.")
    tone_quietest: float = param(20.0, unit="dB", low=-20, high=140, help="The lowest level.")
    tone_loudest: float = param(80.0, unit="dB", low=-20, high=140, help="The highest; of one, the level.")
    preferred_frequency: float = param(
        8000.0, unit="Hz", low=20, high=2e5, help="The frequency answered most often."
    )
    tuning_width: float = param(0.6, unit="octaves", low=0.01, high=20, help="Spread of the Gaussian.")
    level_threshold: float = param(40.0, unit="dB", low=-100, high=140, help="Answered half as often.")
    level_width: float = param(3.0, unit="dB", low=0.01, high=100, help="Steepness of that.")


@dataclass(frozen=True, kw_only=True)
class Electrode(Method):
    """What the pipette lets through: fast events come out smaller and later."""

    height: float = param(0.03, unit="V", low=0.001, high=0.1, help="Median height of recorded spikes.")
    access_time: float = param(6e-4, unit="s", low=1e-5, high=0.01, help="Access resistance by capacitance.")
    passing_time: float = param(
        6e-3, unit="s", low=0.001, high=0.1, help="Slower than this passes unattenuated."
    )
    access_change: float = param(0.2, low=0, high=2, help="How much the access resistance drifts.")
    seal_loss: float = param(0.0, low=0, high=0.9, help="Share of the voltage lost as the seal goes, late.")
    seal_loss_start: float = param(0.85, low=0, high=1, help="When it begins, as a share of the recording.")
    bridge_error: float = param(0.0, unit="Ohm", low=-1e8, high=1e8, help="Resistance left uncompensated.")


@dataclass(frozen=True, kw_only=True)
class Disturbances(Method):
    """What is added on the way to the disk."""

    noise: float = param(2.5e-4, unit="V", low=0, high=0.02, help="Noise, root mean square.")
    pink_share: float = param(0.25, low=0, high=1, help="Share of the noise's power that falls as 1/f.")
    hum: float = param(2e-4, unit="V", low=0, high=0.05, help="Mains hum, with harmonics.")
    mains_frequency: float = param(50.0, unit="Hz", low=16, high=400, help="Of the hum.")
    drift: float = param(2e-3, unit="V", low=0, high=0.1, help="Slow drift, root mean square over 20 s.")
    heartbeat: float = param(2e-4, unit="V", low=0, high=0.02, help="Movement with the heart.")
    heart_rate: float = param(1.2, unit="Hz", low=0.1, high=15, help="Of that movement.")
    jump_rate: float = param(0.03, unit="Hz", low=0, high=10, help="Sudden steps of the baseline.")
    jump_size: float = param(1e-3, unit="V", low=0, high=0.1, help="Their root mean square.")
    artefact_rate: float = param(0.1, unit="Hz", low=0, high=50, help="Fast transients from outside.")
    artefact_size: float = param(1.0, low=0, high=20, help="Their mean size against the spikes' height.")
    amplifier_cutoff: float = param(
        5000.0, unit="Hz", low=100, high=15_000, help="Of the amplifier's four-pole Bessel filter."
    )
    resolution: float = param(
        1 / 32768, unit="V", low=1e-7, high=2e-3, help="One step of the 16-bit converter."
    )


SHARED = (Drive, Tuning, Electrode, Disturbances)
"""Groups of parameters that every family of cells has."""
