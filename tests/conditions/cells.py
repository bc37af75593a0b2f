"""A cell that is stepped on before and after a drug doubles its resistance."""

from __future__ import annotations

from spikelens.conditions.epochs import Epoch
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from tests.factory import make_spikes
from tests.steps.cells import Cell, recorded, stepped

CURRENTS = [k * 25e-12 for k in range(-2, 12)]
CONTROL, DRUGGED = Cell(resistance=150e6), Cell(resistance=300e6)


def drugged() -> tuple[Recording, Spikes, list[Epoch]]:
    """Its recording with the command, its true spikes, and the two epochs."""
    before, its_spikes = stepped(CONTROL, CURRENTS)
    after, more_spikes = stepped(DRUGGED, CURRENTS)
    n, rate = before.n_samples, before.sampling_rate
    both = recorded(
        [before.read(0, n)[:, 0], after.read(0, n)[:, 0]],
        [recording.stimulus.read(0, n) for recording in (before, after) if recording.stimulus],
        rate,
        lengths=[round(rate)] * 2 * len(CURRENTS),
    )
    spikes = make_spikes(both, [*its_spikes.sample_index, *(more_spikes.sample_index + n)])
    return both, spikes, [Epoch("control", 0, n / rate), Epoch("drug", n / rate, 2 * n / rate)]
