"""The detectors' room: from chunks to candidates, and from all candidates to spikes.

A detector works in three steps, on arrays alone. `survey` looks at seeded blocks of the
whole recording once; `candidates` applies a local rule to a chunk; `pick` sees the
joined table once and decides. Spikes always point up: the caller turns traces over
where they point down.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.params import Method
from spikelens.passes import Chunk
from spikelens.recording import Quantity

Columns = dict[str, NDArray[Any]]
"""Equal-length arrays by name."""
Survey = Mapping[str, Any]
"""Recording-wide statistics by name; plain numbers or arrays."""
BASE_WINDOW = 5e-3
"""The local base of a peak is the lowest value in so many seconds before it."""


@dataclass(frozen=True, kw_only=True)
class Detector(Method):
    """A local rule with a declared margin, and one picker."""

    quantities: ClassVar[tuple[Quantity, ...]] = ("voltage",)
    """What its cutoffs make sense for."""

    estimates: ClassVar[bool] = False
    """Whether it says how likely each candidate is a spike."""

    base_window: ClassVar[float] = BASE_WINDOW
    """Heights are measured over the lowest value so long before a peak, s."""

    outdoes: ClassVar[float] = 1.5
    """As another's `second_look`, it is believed if it accepts more than so many times as many."""

    def check(self) -> None:
        """Raise if what its parameters name cannot be used, such as a file that is not there."""

    def card(self) -> Mapping[str, object]:
        """What the model behind it was made of; empty for a plain rule."""
        return {}

    def prefilter(self, sampling_rate: float) -> tuple[str, Mapping[str, object]] | None:
        """Name and parameters of the filter it needs at this rate (Hz), applied by the caller."""
        return None

    @abstractmethod
    def margin(self, sampling_rate: float) -> int:
        """Samples that the local rule looks to either side of what it answers for.

        `base_window` before any peak lies within it too.
        """

    def dead_time(self, sampling_rate: float) -> int:
        """Samples within which a rise and a fall are one event, where both ways are searched."""
        return 1

    def survey(self, blocks: Sequence[Chunk]) -> Survey:
        """Statistics of the whole recording, from blocks; order of blocks does not matter."""
        return {}

    @abstractmethod
    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        """What the local rule finds in the core of a chunk.

        Returns
        -------
        dict of arrays
            ``sample_index`` (int64, of the peak, in the recording), and what `pick` needs.
            What triggers an event lies in the core; its peak may lie in the margin.
        """

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        """Decide on the joined table, sorted by sample.

        Parameters
        ----------
        table : dict of arrays
            The candidates' columns with ``height`` (V or A), ``peak`` (value at the peak)
            and ``stretch`` (index of the stretch between two walls).

        Returns
        -------
        dict of arrays
            ``verdict`` (str), of which ``"spike"`` is accepted and an empty string dropped
            without a trace, as doubles are; ``probability`` (float32) where there is one.
        """
        return {"verdict": np.full(table["sample_index"].size, "spike")}

    def second_look(self, picked: Columns) -> Detector | None:
        """Another detector to look with, where a picked table says too little; None if it stands.

        What the other accepts stands instead of it, if that is more than `outdoes` times as many;
        then the other is asked, until one asks for none.
        """
        return None
