"""One item after another, in this process and this thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from spikelens.engines import Engine, Item, Result


@dataclass(frozen=True, kw_only=True)
class Serial(Engine):
    """One item after another; the plainest, and what the others must agree with. Has no timeout."""

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        return map(task, items)
