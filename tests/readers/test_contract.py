"""What every reader promises, whichever format it reads."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikelens.errors import InputError, MissingFact, SpikelensError, UnknownName, UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.recording import MODES, Recording
from spikelens.rooms import load, names
from tests.readers.samples_open import OPEN_SAMPLES


def _vendor_samples() -> dict[str, Callable[[Path], Any]]:
    try:
        module = importlib.import_module("tests.readers.samples_vendor")
    except ModuleNotFoundError:
        return {}
    return dict(module.VENDOR_SAMPLES)


SAMPLES: dict[str, Callable[[Path], Any]] = OPEN_SAMPLES | _vendor_samples()
LINES_ONLY = {"text", "atf"}
"""Formats in which a shorter file is a whole file: nothing tells that lines are missing."""
OF_VARIABLES = {"excel", "matlab", "npz", "nwb"}
"""Formats whose samples hold named things to choose from."""

pytestmark = pytest.mark.parametrize("name", names("readers"))


@pytest.fixture
def reader(name: str) -> Reader:
    _needed_by(name)
    return load("readers", name)()


def _needed_by(name: str) -> None:
    method = load("readers", name)
    for module in method.needs:
        pytest.importorskip(module, reason=f"{module} is not installed; the extra {method.extra} brings it")


@pytest.fixture
def sample(name: str, tmp_path: Path) -> tuple[Path, Hints]:
    _needed_by(name)
    assert name in SAMPLES, f"reader {name} has no sample; add one to samples_open or samples_vendor"
    made = SAMPLES[name](tmp_path)
    return made if isinstance(made, tuple) else (made, Hints())


@pytest.fixture
def recording(reader: Reader, sample: tuple[Path, Hints]) -> Recording:
    return reader.read(*sample)


def test_the_sample_is_recognised(reader: Reader, sample: tuple[Path, Hints]) -> None:
    path = sample[0]
    head = b"" if path.is_dir() else path.read_bytes()[:4096]
    assert "".join(path.suffixes[-1:]).lower() in reader.suffixes
    assert reader.recognises(path, head)
    assert all(s == s.lower() and s.startswith(".") for s in reader.suffixes)


def test_no_other_reader_claims_the_sample(name: str, sample: tuple[Path, Hints]) -> None:
    path = sample[0]
    head = b"" if path.is_dir() else path.read_bytes()[:4096]
    # The general reader of vendor formats is asked last, so it may claim what it likes.
    for other in set(names("readers")) - {name, "neo"}:
        method = load("readers", other)
        if path.suffix.lower() in method.suffixes or path.is_dir():
            assert not method().recognises(path, head), other


def test_slices_agree_with_the_whole(recording: Recording) -> None:
    whole = recording.read()
    assert whole.shape == (recording.n_samples, len(recording.channels))
    assert whole.dtype == np.float32
    rng = np.random.default_rng(0)
    ends = {0, 1, recording.n_samples - 1, recording.n_samples}
    ends |= {int(b) + d for b in recording.sweeps.bounds[:20] for d in (-1, 0, 1)}
    ends |= set(rng.integers(0, recording.n_samples, 20).tolist())
    within = sorted(e for e in ends if 0 <= e <= recording.n_samples)
    for start, stop in rng.choice(within, (60, 2)):
        start, stop = sorted((int(start), int(stop)))
        np.testing.assert_array_equal(recording.read(start, stop), whole[start:stop])
    assert recording.read(3, 3).shape == (0, whole.shape[1])
    assert recording.source.read(0, 1).dtype == recording.source.dtype


def test_sweeps_add_up(recording: Recording) -> None:
    bounds = recording.sweeps.bounds
    assert bounds[0] == 0
    assert bounds[-1] == recording.n_samples == recording.source.shape[0]
    assert (np.diff(bounds) > 0).all()
    assert recording.sweeps.start_times.size == len(recording.sweeps)
    last = len(recording.sweeps) - 1
    np.testing.assert_array_equal(recording.read_sweep(last), recording.read()[bounds[last] :])


def test_values_are_volts_or_amperes(recording: Recording) -> None:
    assert recording.mode in MODES
    for channel, values in zip(recording.channels, recording.read().T, strict=True):
        assert channel.quantity in ("voltage", "current", "digital", "other")
        if channel.quantity == "voltage":
            assert np.nanmax(np.abs(values)) < 1, "volts, not millivolts"
        if channel.quantity == "current":
            assert np.nanmax(np.abs(values)) < 1e-5, "amperes, not picoamperes"
    assert any(c.quantity in ("voltage", "current") for c in recording.channels)


def test_the_stimulus_lies_beside_the_recording(recording: Recording) -> None:
    if recording.stimulus is None:
        pytest.skip("the sample holds no stimulus")
    assert recording.stimulus.source.shape == (recording.n_samples, 1)
    assert recording.stimulus.channel.unit in ("V", "A")
    part = recording.stimulus.read(5, 50)
    np.testing.assert_array_equal(part, recording.stimulus.read(0, recording.n_samples)[5:50])


def test_it_pickles_without_its_samples(recording: Recording) -> None:
    whole = recording.read()
    pickled = pickle.dumps(recording)
    assert len(pickled) < 20_000
    again = pickle.loads(pickled)
    assert again.channels == recording.channels
    np.testing.assert_array_equal(again.read(), whole)
    assert len(pickle.dumps(again)) < 20_000


def test_it_says_where_it_comes_from(name: str, recording: Recording, sample: tuple[Path, Hints]) -> None:
    assert recording.path == sample[0]
    assert recording.name == sample[0].stem
    assert recording.reader == name


def _is_one_line(error: pytest.ExceptionInfo[InputError]) -> bool:
    text = str(error.value)
    return bool(text.strip()) and "\n" not in text and len(text) < 600


def test_a_missing_file_is_said(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / f"absent{reader.suffixes[0]}"
    with pytest.raises(UnreadableFile, match="absent") as error:
        reader.read(path, Hints())
    assert _is_one_line(error)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01not this format\xff\xfe" * 500, b"PK\x03\x04", b"\x00" * 700]
)
def test_an_empty_or_foreign_file_is_said(reader: Reader, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"wrong{reader.suffixes[0]}"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="wrong") as error:
        reader.read(path, Hints(sampling_rate=1000.0, unit="mV"))
    assert _is_one_line(error)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_truncated_file_is_said(
    name: str, reader: Reader, sample: tuple[Path, Hints], tmp_path: Path, share: float
) -> None:
    path, hints = sample
    if path.is_dir():
        pytest.skip("a folder has no end to cut off")
    cut = tmp_path / "cut" / path.name
    shutil.copytree(path.parent, cut.parent, ignore=shutil.ignore_patterns("cut"))
    # An odd number of bytes, as a broken copy leaves; some formats only see that.
    cut.write_bytes(path.read_bytes()[: int(path.stat().st_size * share) // 2 * 2 + 1])
    if name in LINES_ONLY:
        assert reader.read(cut, hints).n_samples < reader.read(path, hints).n_samples
        return
    with pytest.raises(UnreadableFile, match=path.stem) as error:
        reader.read(cut, hints).read()
    assert _is_one_line(error)


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_file_ends_in_no_traceback(
    reader: Reader, sample: tuple[Path, Hints], tmp_path: Path, seed: int
) -> None:
    path, hints = sample
    if path.is_dir():
        pytest.skip("its files are those of other formats")
    rng = np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    # Headers are where damage hurts: half of it goes there.
    where = [*rng.integers(0, min(2048, len(content)), 8), *rng.integers(0, len(content), 8)]
    for at in where:
        content[at] = rng.integers(0, 256)
    damaged = tmp_path / "damaged" / path.name
    shutil.copytree(path.parent, damaged.parent, ignore=shutil.ignore_patterns("damaged"))
    damaged.write_bytes(bytes(content))
    try:
        recording = reader.read(damaged, hints)
        n = recording.n_samples
        # A header may now claim far more samples than there are; some of them will do.
        recording.read(0, min(n, 1000))
        recording.read(max(0, n - 1000), n)
    except SpikelensError as error:
        assert "\n" not in str(error), error  # noqa: PT017


def test_a_rate_nobody_says_names_the_flag(reader: Reader, sample: tuple[Path, Hints]) -> None:
    path, hints = sample
    if hints.sampling_rate is None:
        said = reader.read(path, hints).sampling_rate
        other = reader.read(path, dataclasses.replace(hints, sampling_rate=said / 2))
        assert other.sampling_rate == said / 2
        assert any("as asked" in w for w in other.warnings), "a contradiction is said"
        return
    with pytest.raises(MissingFact, match="--sampling-rate"):
        reader.read(path, dataclasses.replace(hints, sampling_rate=None))


def test_a_unit_nobody_says_names_the_flag(reader: Reader, sample: tuple[Path, Hints]) -> None:
    path, hints = sample
    if hints.unit is not None:
        with pytest.raises(MissingFact, match="--unit"):
            reader.read(path, dataclasses.replace(hints, unit=None))
        return
    scaled = reader.read(path, dataclasses.replace(hints, scale=3.0)).read()
    plain = reader.read(path, hints).read()
    grown = [np.allclose(s, 3 * p, rtol=1e-5) for s, p in zip(scaled.T, plain.T, strict=True)]
    assert any(grown), "--scale multiplies the values"


def test_a_variable_that_is_not_there_lists_those_that_are(
    name: str, reader: Reader, sample: tuple[Path, Hints]
) -> None:
    if name not in OF_VARIABLES:
        pytest.skip("the format holds one recording")
    path, hints = sample
    with pytest.raises(UnknownName, match=r"there are: .*1 ") as error:
        reader.read(path, dataclasses.replace(hints, variable="no such thing"))
    assert "\n" not in str(error.value)
