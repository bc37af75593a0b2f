"""WAV sound files, as some amplifiers and recorders write them; mapped, not read whole.

A WAV file has no unit: the stored numbers are taken as they are (counts, or fractions
of full scale for the floating-point kind), so `--unit` and `--scale` say what one of
them is. Files of 24 bits cannot be mapped and are read whole when first needed.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._lazy import LazySource
from spikelens.readers._matrices import check_samples, traces_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Recording, Sweeps
from spikelens.sources import Stored


@dataclass(frozen=True, kw_only=True)
class Wav(Reader):
    """Channels of a sound file, in one sweep."""

    suffixes: ClassVar[tuple[str, ...]] = (".wav",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE"

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a WAV file"):
            rate, samples = _open(path)
            check_samples(samples.shape, samples.dtype, "the sound", path)
            source = LazySource.opened(partial(_samples, path), samples)
            traces = traces_of(Trace("trace"), source.shape[1])
            return Recording(
                source=source,
                sampling_rate=rate_of(rate, hints),
                channels=channels_of(traces, hints),
                sweeps=Sweeps.of_lengths([source.shape[0]]),
                warnings=contradictions(hints, rate=rate),
                **identity(path, self.method_name()),
            )


def _samples(path: Path) -> Stored:
    return _open(path)[1]


def _open(path: Path) -> tuple[float, Stored]:
    from scipy.io import wavfile

    with warnings.catch_warnings():
        warnings.simplefilter("error", wavfile.WavFileWarning)
        # Chunks of other programs (comments, markers) are no fault; a short end is.
        warnings.filterwarnings("ignore", "Chunk .non-data. not understood")
        try:
            rate, samples = wavfile.read(path, mmap=True)
        except ValueError as why:
            if "mmap" not in str(why):
                raise
            rate, samples = wavfile.read(path)
        except wavfile.WavFileWarning as why:
            raise UnreadableFile(f"{path} seems truncated: {why}") from why
    return float(rate), np.asanyarray(samples)
