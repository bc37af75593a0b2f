"""Raw binary samples, described by a TOML file of the same name beside them.

``cell.bin`` is described by ``cell.toml``:

    dtype = "<i2"              # NumPy's name: byte order, kind and bytes per sample
    sampling_rate = 20000      # Hz
    n_channels = 2
    channels = ["Vm", "Im"]    # their names
    unit = ["mV", "pA"]        # one for all, or one per channel; or quantity = "voltage"
    gain = [0.0305, 0.061]     # value = stored * gain, in the unit
    value_offset = 0.0         # added after the gain
    offset = 0                 # bytes before the first sample
    order = "samples"          # all channels of a sample together; or "channels"
    sweep_lengths = [60000, 60000]
    mode = "current-clamp"

Only `dtype` is needed; the samples are memory-mapped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import MODES, Recording, Sweeps
from spikelens.sources import MappedSource

_KEYS = {"dtype", "sampling_rate", "n_channels", "channels", "unit", "quantity", "gain", "value_offset"}
_KEYS |= {"offset", "order", "sweep_lengths", "mode"}
_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "dtype": (str, "a name"),
    "sampling_rate": ((int, float), "a number of Hz"),
    "n_channels": (int, "a whole number"),
    "offset": (int, "a whole number of bytes"),
    "channels": (str, "a list of names"),
    "unit": (str, "a name, or a list of them"),
    "gain": ((int, float), "a number, or a list of them"),
    "value_offset": ((int, float), "a number, or a list of them"),
    "sweep_lengths": (int, "a list of whole numbers"),
}
"""What a description holds, as Python reads it and in words."""
_SI = {"voltage": "V", "current": "A"}


@dataclass(frozen=True, kw_only=True)
class Binary(Reader):
    """Samples and nothing else; their description is the file's sibling."""

    suffixes: ClassVar[tuple[str, ...]] = (".bin", ".raw", ".dat")

    def recognises(self, path: Path, head: bytes) -> bool:
        return path.is_file() and path.with_suffix(".toml").is_file()

    def advice(self, path: Path) -> str:
        facts = "dtype, n_channels, sampling_rate, unit"
        return (
            f"if it holds raw samples, describe them in {path.with_suffix('.toml').name} beside it ({facts})"
        )

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "raw samples as described"):
            said = _description(path)
            source = _mapped(path, said)
            rate, traces = said.get("sampling_rate"), _traces(said, source.n_channels)
            lengths = said.get("sweep_lengths", [source.n_samples])
            if sum(lengths) != source.n_samples:
                raise UnreadableFile(
                    f"{path} holds {source.n_samples} samples, but its sweep_lengths add up to {sum(lengths)}"
                )
            return Recording(
                source=source,
                sampling_rate=rate_of(rate, hints),
                channels=channels_of(traces, hints),
                sweeps=Sweeps.of_lengths(lengths),
                mode=next((m for m in MODES if m == said.get("mode")), "unknown"),
                warnings=contradictions(hints, rate=rate, traces=traces),
                **identity(path, self.method_name()),
            )


def _description(path: Path) -> Mapping[str, Any]:
    beside = path.with_suffix(".toml")
    if not beside.is_file():
        raise UnreadableFile(
            f'{path} has no description; write {beside.name} beside it with dtype = "<i2" ...'
        )
    try:
        said = tomllib.loads(beside.read_text("utf-8"))
    except ValueError as why:
        raise UnreadableFile(f"{beside} is not valid TOML: {why}") from why
    wrong = sorted(set(said) - _KEYS)
    if wrong or "dtype" not in said:
        fault = f"has an unknown key {wrong[0]!r}" if wrong else "does not say the dtype"
        raise UnreadableFile(f"{beside} {fault}; its keys are {', '.join(sorted(_KEYS))}")
    for key, (kinds, words) in _KINDS.items():
        values = said.get(key, [])
        if not all(isinstance(v, kinds) for v in (values if isinstance(values, list) else [values])):
            raise UnreadableFile(f"{beside} is wrong: {key} is {words}, not {values!r}")
    if said.get("sampling_rate", 1) <= 0:
        raise UnreadableFile(f"{beside} is wrong: sampling_rate is more than 0 Hz")
    return said


def _mapped(path: Path, said: Mapping[str, Any]) -> MappedSource:
    n_channels, offset = int(said.get("n_channels", 1)), int(said.get("offset", 0))
    order = said.get("order", "samples")
    try:
        stored = np.dtype(said["dtype"])
    except TypeError as why:
        raise UnreadableFile(
            f'{path.with_suffix(".toml")} is wrong: dtype is a plain number such as "<i2" or "<f4",'
            f" not {said['dtype']!r}"
        ) from why
    if order not in ("samples", "channels") or n_channels < 1 or offset < 0 or stored.kind not in "iuf":
        raise UnreadableFile(
            f"{path.with_suffix('.toml')} is wrong: order is samples or channels, n_channels at least 1, "
            "offset at least 0, dtype a plain number"
        )
    n_bytes, step = path.stat().st_size - offset, stored.itemsize * n_channels
    if n_bytes <= 0:
        raise UnreadableFile(
            f"{path} holds nothing after its offset of {offset} bytes; copy it again, or mend offset"
        )
    if n_bytes % step:
        raise UnreadableFile(
            f"{path} seems truncated: its {n_bytes} bytes of samples are not a multiple of "
            f"{n_channels} channel(s) x {stored.itemsize} bytes"
        )
    return MappedSource(path, stored.str, n_bytes // step, n_channels, offset, order == "channels")


def _traces(said: Mapping[str, Any], n: int) -> list[Trace]:
    names = said.get("channels") or (["trace"] if n == 1 else [f"ch{k}" for k in range(n)])
    units = said.get("unit") or [_SI.get(q, "") for q in _each(said.get("quantity", ""), n)]
    columns = [
        names,
        _each(units, n),
        _each(said.get("gain", 1.0), n),
        _each(said.get("value_offset", 0.0), n),
    ]
    if any(len(column) != n for column in columns):
        raise UnreadableFile(f"channels, unit, gain and value_offset need {n} entries each, one per channel")
    return [Trace(str(a), str(b), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True)]


def _each(value: Any, n: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * n
