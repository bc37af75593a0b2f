"""The engines' room: one task on many items, by one worker or many.

What a task returns is small: data go to a store. The order in which results come is not
settled, and no result may depend on it.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from spikelens.errors import SpikelensError
from spikelens.params import Method, param

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Engine(Method):
    """A way to run one task on many items."""

    across_processes: ClassVar[bool] = False
    """Whether tasks, items and results must pickle."""

    workers: int | None = param(None, low=1, help="How many work at once; by default one per core.")
    timeout: float | None = param(
        None, unit="s", low=1e-3, help="Give up a task that takes longer; by default none is given up."
    )

    @abstractmethod
    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Run the task on every item, in the order given where workers are free; yield as they end.

        Raises
        ------
        SpikelensError
            A task took longer than `timeout`. What a task raises is raised here; tasks
            not begun then are dropped.
        """

    @property
    def crew(self) -> int:
        """How many workers there are, however much work."""
        return self.workers or cores()

    def hands(self, n_items: int) -> int:
        """How many workers there are work for."""
        return max(1, min(self.crew, n_items))

    def overdue(self, item: object) -> SpikelensError:
        """What to raise when a task takes too long."""
        return SpikelensError(
            f"{item} took longer than {self.timeout:g} s and was given up;"
            " what is done is kept: run the same again, or raise --timeout"
        )


def cores() -> int:
    """The cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
