"""The header of Axon Binary Files, version 2: a list of sections, each a table."""

from __future__ import annotations

import datetime
from typing import Any

from spikelens.readers import _abf_header as abf
from spikelens.readers._abf_header import BLOCK, AbfHeader, DigitalOutputs, Epoch, Fields, Layout, Output
from spikelens.readers._facts import Trace

_SECTIONS = {
    "protocol": 76,
    "inputs": 92,
    "outputs": 108,
    "epochs": 124,
    "epochs_per_output": 156,
    "user_list": 172,
    "strings": 220,
    "data": 236,
    "tags": 252,
    "synch": 316,
}
_HEAD = {
    "version": (4, "4B"),
    "date": (16, "I"),
    "milliseconds": (20, "I"),
    "data_format": (30, "H"),
    "protocol_name": (72, "I"),
}
_PROTOCOL = {
    "operation": (0, "h"),
    "interval": (2, "f"),
    "synch_unit": (14, "f"),
    "range": (110, "f"),
    "resolution": (118, "i"),
    "comment": (132, "i"),
    "digital_enabled": (140, "h"),
    "active_output": (142, "h"),
    "is_alternating": (182, "h"),
}
_INPUT = {
    "telegraph_enabled": (2, "h"),
    "telegraph_gain": (6, "f"),
    "telegraph_filter": (10, "f"),
    "telegraph_mode": (18, "h"),
    "programmable_gain": (28, "f"),
    "scale_factor": (40, "f"),
    "instrument_offset": (44, "f"),
    "signal_gain": (48, "f"),
    "signal_offset": (52, "f"),
    "lowpass": (56, "f"),
    "name": (74, "i"),
    "unit": (78, "i"),
}
_OUTPUT = {
    "number": (0, "h"),
    "holding": (12, "f"),
    "name": (24, "i"),
    "unit": (28, "i"),
    "is_enabled": (40, "h"),
    "waveform_source": (42, "h"),
    "keeps_last_level": (44, "h"),
}
_EPOCH = {
    "number": (0, "h"),
    "output": (2, "h"),
    "kind": (4, "h"),
    "level": (6, "f"),
    "level_step": (10, "f"),
    "duration": (14, "i"),
    "duration_step": (18, "i"),
    "period": (22, "i"),
    "width": (26, "i"),
}
_DIGITAL = {"number": (0, "h"), "steady": (2, "h"), "train": (4, "h")}
_TAG = {"time": (0, "i"), "comment": (4, "56s")}
_SYNCH = {"start": (0, "i"), "length": (4, "i")}
Rows = list[dict[str, Any]]


def read_header(fields: Fields) -> AbfHeader:
    """Read a header whose signature is ``ABF2``."""
    head = fields.table(0, _HEAD)
    strings = _strings(fields)
    protocol = _rows(fields, "protocol", _PROTOCOL)[0]
    inputs = [_named(row, strings) for row in _rows(fields, "inputs", _INPUT)]
    layout = _layout(fields, head, protocol, len(inputs))
    tags = _rows(fields, "tags", _TAG)
    return AbfHeader(
        layout=layout,
        traces=tuple(_trace(head, protocol, adc) for adc in inputs),
        outputs=_outputs(fields, strings),
        digital=_digital(fields, protocol),
        active_output=protocol["active_output"],
        tags=tuple((tag["time"] * layout.tick, abf.text_of(tag["comment"])) for tag in tags),
        is_alternating=bool(protocol["is_alternating"]),
        has_user_list=_section(fields, "user_list")[2] > 0,
        facts=_facts(fields, head, protocol, inputs, strings),
    )


def _section(fields: Fields, name: str) -> tuple[int, int, int]:
    """First byte, bytes per entry, number of entries."""
    block, size, count = fields.all_at(_SECTIONS[name], "IIq")
    return block * BLOCK, size, count


def _rows(fields: Fields, name: str, layout: dict[str, tuple[int, str]]) -> Rows:
    start, size, count = _section(fields, name)
    fields.check(start, max(size, 1) * count)
    return [fields.table(start + k * size, layout) for k in range(count)]


def _strings(fields: Fields) -> list[str]:
    """The file's texts; index 0 stands for none."""
    start, size, _ = _section(fields, "strings")
    # A heading of 44 bytes ("SSCH", counts) stands before the texts.
    return ["", *(abf.text_of(raw) for raw in fields.bytes_at(start, size)[44:].split(b"\0"))]


def _named(row: dict[str, Any], strings: list[str]) -> dict[str, Any]:
    return row | {"name": strings[row["name"]], "unit": strings[row["unit"]]}


def _layout(fields: Fields, head: dict[str, Any], protocol: dict[str, Any], n_channels: int) -> Layout:
    start, _, n_values = _section(fields, "data")
    rate = 1e6 / protocol["interval"]
    return Layout(
        stored="<f4" if head["data_format"] else "<i2",
        start=start,
        n_values=n_values,
        operation=protocol["operation"],
        sampling_rate=rate,
        synch=tuple((row["start"], row["length"]) for row in _rows(fields, "synch", _SYNCH)),
        tick=abf.tick_length(protocol["synch_unit"], rate, n_channels),
    )


def _trace(head: dict[str, Any], protocol: dict[str, Any], adc: dict[str, Any]) -> Trace:
    volts_per_count = None if head["data_format"] else protocol["range"] / protocol["resolution"]
    return abf.trace_of(adc["name"], adc["unit"], adc, volts_per_count)


def _outputs(fields: Fields, strings: list[str]) -> tuple[Output, ...]:
    epochs = _rows(fields, "epochs_per_output", _EPOCH)
    outputs = (_named(row, strings) for row in _rows(fields, "outputs", _OUTPUT))
    return tuple(_output(row, epochs) for row in outputs)


def _output(row: dict[str, Any], epochs: Rows) -> Output:
    mine = sorted((e for e in epochs if e["output"] == row["number"]), key=lambda e: e["number"])
    flags = {name: bool(row[name]) for name in ("is_enabled", "keeps_last_level")}
    table = tuple(Epoch(**{name: e[name] for name in e if name != "output"}) for e in mine)
    return Output(**row | flags, epochs=table)


def _digital(fields: Fields, protocol: dict[str, Any]) -> DigitalOutputs:
    rows = _rows(fields, "epochs", _DIGITAL) if protocol["digital_enabled"] else []
    return DigitalOutputs(
        output=protocol["active_output"],
        steady={row["number"]: row["steady"] for row in rows},
        train={row["number"]: row["train"] for row in rows},
    )


def _facts(
    fields: Fields, head: dict[str, Any], protocol: dict[str, Any], inputs: Rows, strings: list[str]
) -> dict[str, object]:
    version = ".".join(str(n) for n in reversed(fields.all_at(4, "4B")))
    return {
        "format": f"ABF {version}",
        "acquisition": abf.operation_name(protocol["operation"]),
        "protocol": strings[head["protocol_name"]],
        "comment": strings[protocol["comment"]],
        "date": _date(head),
        "inputs": {adc["name"]: abf.input_facts(adc) for adc in inputs},
    }


def _date(head: dict[str, Any]) -> str:
    year, rest = divmod(head["date"], 10_000)
    if not 1900 < year < 3000:
        return ""
    day = datetime.datetime(year, rest // 100, rest % 100)
    return (day + datetime.timedelta(milliseconds=head["milliseconds"])).isoformat()
