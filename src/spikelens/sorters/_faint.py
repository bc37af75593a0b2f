"""Spikes whose largest sample does not stand out of the noise, but whose waveform does.

Neurons near one probe look alike on the channel where each is largest. So what is left of a
trace is looked at through the shapes of known units (a matched filter), where a
spike is as many s.d. of noise high as its waveform's norm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.products import TAPS, matches
from spikelens.sorters._explain import Explained
from spikelens.sorters._templates import Templates

BEFORE, LENGTH = TAPS, 4 * TAPS
"""Samples of a shape before its extremum, and in all."""
MOST = 3
"""So many shapes at most ..."""
ALIKE = 0.9
"""... none of them with a product of this or more with another, a few samples earlier or later."""
EARLIER = 4

Waves = NDArray[np.float32]


def shapes_of(templates: Templates) -> Waves:
    """Shapes that units have where they are largest, of norm 1; float32, (n_shapes, `LENGTH`)."""
    found: list[Waves] = []
    for k in np.argsort(-templates.prior[:, 3], kind="stable"):
        shape = _shape(templates.waves[k][:, templates.main[k, 0]])
        likeness = [
            np.correlate(shape, other, "same")[LENGTH // 2 - EARLIER : LENGTH // 2 + EARLIER + 1].max()
            for other in found
        ]
        if len(found) < MOST and max(likeness, default=0.0) < ALIKE:
            found.append(shape)
    return np.array(found, np.float32).reshape(-1, LENGTH)


def _shape(wave: Waves) -> Waves:
    padded = np.pad(wave, (BEFORE, LENGTH))
    at = int(np.abs(wave).argmax())
    shape = padded[at : at + LENGTH]
    return np.asarray(shape / max(float(np.linalg.norm(shape)), 1e-9), np.float32)


def standing_out(done: Explained, templates: Templates, shapes: Waves) -> Waves:
    """How far what is left stands out, itself or seen through a shape, in s.d. of noise; like ``done.rest``.

    Where spikes were explained it is seen as it is, since what they leave has shapes, too.
    """
    out: Waves = matches(done.rest, shapes, BEFORE)
    for unit, start in zip(done.unit, done.start, strict=True):
        channels = templates.seen[unit]
        out[start : start + templates.length, channels[channels >= 0]] = 0.0
    return np.maximum(out, np.abs(done.rest), out=out)
