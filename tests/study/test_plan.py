from __future__ import annotations

import numpy as np
import pytest

from spikelens.errors import BadParameter, OutsideRecording, RequestError, UnknownName
from spikelens.recording import Recording
from spikelens.study.plan import Plan, parse_numbers, parse_range, parse_section
from spikelens.windows import Windows


def windows(n: int) -> Windows:
    return Windows.grid(Recording.from_array(np.zeros(n * 10, np.float32), 1000.0), 10)


def test_ranges_are_those_of_the_study() -> None:
    training, applied = Plan(train=(1, 2000), apply=(5000, 5500)).ranges(windows(6000))
    assert (len(training), len(applied)) == (2000, 501)
    assert applied.start[0] == 4999 * 10


@pytest.mark.parametrize(
    ("n", "train", "apply"), [(6000, (1, 2000), (2001, 2500)), (300, (1, 200), (201, 300))]
)
def test_without_ranges_the_recording_decides(n: int, train: tuple[int, int], apply: tuple[int, int]) -> None:
    training, applied = Plan().ranges(windows(n))
    assert (training.number[0], training.number[-1]) == train
    assert (applied.number[0], applied.number[-1]) == apply


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        (Plan(train=(1, 101)), OutsideRecording, r"there are 1:100"),
        (Plan(train=(5, 4)), OutsideRecording, "empty range"),
        (Plan(train=(1, 50), apply=(51, 101)), OutsideRecording, "not all there"),
        (Plan(train=(1, 50), apply=(60, 55)), OutsideRecording, "empty range"),
        (Plan(train=(1, 50), apply=(50, 60)), RequestError, "overlap"),
        (Plan(train=(1, 100)), OutsideRecording, "give --apply"),
    ],
)
def test_ranges_that_cannot_be_are_refused(plan: Plan, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        plan.ranges(windows(100))
    assert "\n" not in str(caught.value)


def test_too_short_a_recording_is_refused() -> None:
    with pytest.raises(OutsideRecording, match="only 2 windows"):
        Plan().ranges(windows(2))


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        (Plan(cutoffs=()), BadParameter, "at least one cutoff"),
        (Plan(cutoffs=(0.02, 0.02)), BadParameter, "twice"),
        (Plan(cutoffs=(-1.0,)), BadParameter, "at least 0 V"),
        (Plan(classifier="oracle"), UnknownName, "images, shape, waveform, all"),
        (Plan(settings={"learner": "oracle"}), UnknownName, "logistic"),
        (Plan(settings={"depth": 3}), UnknownName, "depth"),
        (Plan(zooms=((2.0, 1.0),)), BadParameter, "zoom 2:1 is empty"),
    ],
)
def test_plans_that_cannot_be_are_refused(plan: Plan, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        plan.checked()


@pytest.mark.parametrize("text", ["1", "1:2:3", "a:b", "1-2", ":"])
def test_ranges_are_written_one_way(text: str) -> None:
    with pytest.raises(BadParameter, match="cannot read"):
        parse_range(text)
    with pytest.raises(BadParameter, match="cannot read"):
        parse_section(text)
    with pytest.raises(BadParameter, match="commas"):
        parse_numbers(text + ";")


def test_every_choice_is_part_of_the_key() -> None:
    plan = Plan()
    keys = {
        plan.key("a"), plan.key("b"), plan.key("a", "truth"), Plan(window=80).key("a"),
        Plan(settings={"seed": 1}).key("a"), Plan(classifier="all").key("a"), Plan(train=(1, 2)).key("a"),
    }  # fmt: skip
    assert len(keys) == 7
    assert plan.key("a") == Plan().key("a")
