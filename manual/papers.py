"""What to read of a feature: by its name, since all rules that measure it mean the same thing by it."""

from __future__ import annotations

_ONSET = (
    "Sekerli et al. (2004) IEEE Trans Biomed Eng 51:1665, who compare ways to find it; Henze and Buzsáki"
    " (2001) Neuroscience 105:121, of how it varies"
)
_SHAPE = "Bean (2007) Nat Rev Neurosci 8:451, of the shapes of action potentials and the currents behind them"
_CELL_TYPES = "Gouwens et al. (2019) Nat Neurosci 22:1182, who tell types of neurons by it"
_AFTER = "Storm (1987) J Physiol 385:733, of repolarisation and the fast afterhyperpolarisation"
_RAPID = "Naundorf, Wolf and Volgushev (2006) Nature 440:1060, of how sharply spikes begin"
_IRREGULAR = "Softky and Koch (1993) J Neurosci 13:334, of irregular firing"
_OUTSIDE = "Henze et al. (2000) J Neurophysiol 84:390, of the same spikes inside and outside of a cell"

PAPERS = {
    **dict.fromkeys(("onset_time", "threshold_v"), _ONSET),
    **dict.fromkeys(("peak_v", "amplitude", "width", "rise_duration", "decay_duration"), _SHAPE),
    **dict.fromkeys(("upstroke", "downstroke", "rise_rate", "fall_rate", "half_duration", "adp_v"), _SHAPE),
    "upstroke_downstroke_ratio": _CELL_TYPES,
    "adaptation_index": _CELL_TYPES,
    "phase_slope": _RAPID,
    **dict.fromkeys(("trough_v", "trough_depth", "fast_trough_v", "slow_trough_v"), _AFTER),
    "isi_cv": _IRREGULAR,
    "cv2": "Holt et al. (1996) J Neurophysiol 75:1806",
    "lv": "Shinomoto, Shima and Tanji (2003) Neural Comput 15:2823",
    **dict.fromkeys(("peak_to_peak", "peak_size", "trough_size", "duration"), _OUTSIDE),
}


def paper_of(feature: str) -> str:
    """The paper of a feature; of a time or voltage that goes with another one, that one's; else nothing."""
    stem = feature.removesuffix("_time").removesuffix("_v")
    return next((PAPERS[name] for name in (feature, f"{stem}_v", stem) if name in PAPERS), "")
