"""What Butterworth, Bessel and notch filters share: sections, margin, zero phase or causal."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter
from spikelens.filters import Filter
from spikelens.kernels.sections import cascade
from spikelens.params import param

FORGOTTEN = 1e-8
"""What is left of an old input once the margin has passed: far below one stored step."""

Sections = NDArray[np.float64]
"""Second-order sections as SciPy orders them, (n_sections, 6)."""


@dataclass(frozen=True, kw_only=True)
class RecursiveFilter(Filter):
    """A filter with poles, run through the samples twice (zero phase) or once (causal)."""

    causal: bool = param(
        False, help="Run once, forward in time, and delay the trace, instead of twice with zero phase."
    )

    @abstractmethod
    def sections(self, sampling_rate: float) -> Sections:
        """The filter as second-order sections at a sampling rate (Hz).

        Raises
        ------
        BadParameter
            The filter cannot exist at this sampling rate.
        """

    def margin(self, sampling_rate: float) -> int:
        return memory(designed(self, sampling_rate)[0], sampling_rate, self.method_name())

    def apply(
        self, samples: NDArray[np.float32], sampling_rate: float, *, wall_before: bool, wall_after: bool
    ) -> NDArray[np.float32]:
        sections, settled = designed(self, sampling_rate)
        extension = 0 if self.causal else min(edge_length(sections), samples.shape[0] - 1)
        before, after = extension * wall_before, extension * wall_after
        work = extended(samples, before, after)
        cascade(work, sections, settled)
        if not self.causal:
            cascade(work, sections, settled, backward=True)
        return work[before : before + samples.shape[0]].astype(np.float32)


def memory(sections: Sections, sampling_rate: float, name: str) -> int:
    """Samples after which sections have forgotten: the slowest pole decides.

    Raises
    ------
    BadParameter
        They never do; the message has the name.
    """
    slowest = max(float(np.abs(np.roots(row[3:])).max()) for row in sections)
    if slowest >= 1:
        raise BadParameter(f"{name}: no stable filter so narrow at {sampling_rate:g} Hz")
    return math.ceil(math.log(FORGOTTEN, slowest)) if slowest > 0 else 1


class Designed(Protocol):
    """What has sections: a filter, or several as one."""

    def sections(self, sampling_rate: float) -> Sections:
        """Second-order sections at a sampling rate (Hz)."""


@lru_cache(maxsize=32)
def designed(filter_: Designed, sampling_rate: float) -> tuple[Sections, NDArray[np.float64]]:
    """Sections and their settled state: a recording's blocks all need the same."""
    sections = filter_.sections(sampling_rate)
    return sections, settled_state(sections)


def settled_state(sections: Sections) -> NDArray[np.float64]:
    """The state, (n_sections, 2), in which a constant input of 1 leaves sections, as SciPy's ``sosfilt_zi``.

    >>> settled_state(np.array([[0.5, 0.5, 0.0, 1.0, 0.0, 0.0]]))
    array([[0.5, 0. ]])
    """
    above, below = sections[:, :3], sections[:, 3:]
    gain = above.sum(axis=1) / below.sum(axis=1)
    # What comes in is what the sections before make of the constant.
    level = np.concatenate([[1.0], gain[:-1].cumprod()])
    state = np.column_stack([gain - above[:, 0], above[:, 2] - below[:, 2] * gain])
    return np.asarray(level[:, None] * state, np.float64)


def edge_length(sections: Sections) -> int:
    """By how many samples SciPy's ``sosfiltfilt`` extends a trace at its ends."""
    idle = min(int((sections[:, 2] == 0).sum()), int((sections[:, 5] == 0).sum()))
    return 3 * (2 * len(sections) + 1 - idle)


def extended(samples: NDArray[np.float32], before: int, after: int) -> NDArray[np.float64]:
    """The samples in float64, turned about their first and last value beyond the ends."""
    x = samples.astype(np.float64)
    head = 2 * x[:1] - x[before:0:-1]
    tail = 2 * x[-1:] - x[::-1][1 : 1 + after]
    return np.concatenate([head, x, tail])


Kind = Literal["bandpass", "highpass", "lowpass"]


def band(low: float | None, high: float | None, sampling_rate: float) -> tuple[Kind, float | list[float]]:
    """SciPy's word for a pass band, and its edge or edges (Hz).

    Raises
    ------
    BadParameter
        No edge, edges in the wrong order, or one at or above half the sampling rate.
    """
    edges = [edge for edge in (low, high) if edge is not None]
    if not edges:
        raise BadParameter("a filter needs an edge: give low, high or both, in Hz")
    if max(edges) >= sampling_rate / 2:
        raise BadParameter(
            f"an edge of {max(edges):g} Hz needs more than {2 * max(edges):g} samples per second; "
            f"the recording has {sampling_rate:g}: lower it"
        )
    if low is not None and high is not None:
        if low >= high:
            raise BadParameter(f"low ({low:g} Hz) must be below high ({high:g} Hz)")
        return "bandpass", edges
    return ("highpass" if high is None else "lowpass"), edges[0]
