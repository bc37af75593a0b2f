"""Notch filters: mains hum and its harmonics taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.errors import BadParameter
from spikelens.filters._recursive import RecursiveFilter, Sections
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class Notch(RecursiveFilter):
    """Takes out one frequency and its harmonics, and little beside them.

    A notch of quality Q is `frequency` / Q wide at -3 dB and remembers for about
    6 Q / `frequency` seconds: 3.5 s for 50 Hz and Q 30.

    >>> round(Notch().margin(20_000.0) / 20_000.0, 2)
    3.52
    """

    frequency: float = param(50.0, unit="Hz", low=1e-3, help="Frequency to take out.")
    quality: float = param(30.0, low=0.1, high=1000, help="Frequency over the width at -3 dB.")
    harmonics: int = param(1, low=1, high=50, help="How many multiples, the frequency itself included.")

    def sections(self, sampling_rate: float) -> Sections:
        from scipy.signal import iirnotch, tf2sos

        highest = self.frequency * self.harmonics
        if highest >= sampling_rate / 2:
            raise BadParameter(
                f"a notch at {highest:g} Hz needs more than {2 * highest:g} samples per second; "
                f"the recording has {sampling_rate:g}: use fewer harmonics"
            )
        multiples = range(1, self.harmonics + 1)
        # The same width for every harmonic, so that each has forgotten after the same time.
        notches = [iirnotch(self.frequency * k, self.quality * k, fs=sampling_rate) for k in multiples]
        return np.concatenate([tf2sos(b, a) for b, a in notches])
