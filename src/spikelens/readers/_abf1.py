"""The header of Axon Binary Files, version 1: every field at a fixed place."""

from __future__ import annotations

import datetime
from typing import Any

from spikelens.readers import _abf_header as abf
from spikelens.readers._abf_header import BLOCK, AbfHeader, DigitalOutputs, Epoch, Fields, Layout, Output
from spikelens.readers._facts import Trace

_WHOLE = 6144
"""Bytes of a full header; those of before 1.6 end at 2048 and hold no waveform table."""
_ONE = {
    "version": (4, "f"),
    "operation": (8, "h"),
    "n_values": (10, "i"),
    "n_ignored": (14, "h"),
    "date": (20, "i"),
    "seconds": (24, "i"),
    "data_block": (40, "i"),
    "tag_block": (44, "i"),
    "n_tags": (48, "i"),
    "synch_block": (92, "i"),
    "n_synch": (96, "i"),
    "data_format": (100, "h"),
    "n_channels": (120, "h"),
    "interval": (122, "f"),
    "synch_unit": (130, "f"),
    "range": (244, "f"),
    "resolution": (252, "i"),
    "comment": (310, "56s"),
    "milliseconds": (366, "h"),
    "digital_enabled": (1436, "h"),
    "active_output": (1440, "h"),
}
_PER_INPUT = {
    "name": (442, "10s"),
    "unit": (602, "8s"),
    "programmable_gain": (730, "f"),
    "scale_factor": (922, "f"),
    "instrument_offset": (986, "f"),
    "signal_gain": (1050, "f"),
    "signal_offset": (1114, "f"),
    "lowpass": (1178, "f"),
}
_TELEGRAPH = {
    "telegraph_enabled": (4512, "h"),
    "telegraph_gain": (4576, "f"),
    "telegraph_filter": (4640, "f"),
    "telegraph_mode": (4768, "h"),
}
_NO_TELEGRAPH = {"telegraph_enabled": 0, "telegraph_gain": 1.0, "telegraph_filter": 0.0, "telegraph_mode": 0}


def read_header(fields: Fields) -> AbfHeader:
    """Read a header whose signature is ``ABF`` and a blank."""
    head = fields.table(0, _ONE)
    is_whole = head["data_block"] * BLOCK >= _WHOLE
    inputs = [_input(fields, k, is_whole) for k in _sampled(fields, head["n_channels"])]
    layout = _layout(fields, head)
    outputs = _outputs(fields, is_whole)
    return AbfHeader(
        layout=layout,
        traces=tuple(_trace(head, adc) for adc in inputs),
        outputs=outputs,
        digital=_digital(fields, head),
        active_output=head["active_output"],
        tags=_tags(fields, head, layout.tick),
        is_alternating=False,
        has_user_list=is_whole and any(fields.all_at(3360, "4h")),
        facts=_facts(fields, head, inputs, is_whole),
    )


def _layout(fields: Fields, head: dict[str, Any]) -> Layout:
    stored = "<f4" if head["data_format"] else "<i2"
    rate = 1e6 / (head["interval"] * head["n_channels"])
    pairs = fields.all_at(head["synch_block"] * BLOCK, f"{2 * head['n_synch']}i")
    return Layout(
        stored=stored,
        start=head["data_block"] * BLOCK + head["n_ignored"] * int(stored[-1]),
        n_values=head["n_values"],
        operation=head["operation"],
        sampling_rate=rate,
        synch=tuple(zip(pairs[::2], pairs[1::2], strict=True)),
        tick=abf.tick_length(head["synch_unit"], rate, head["n_channels"]),
    )


def _sampled(fields: Fields, n_channels: int) -> list[int]:
    """The physical inputs in the order in which they are sampled."""
    inputs = [int(k) for k in fields.all_at(410, f"{n_channels}h")]
    # Files exported by other programs repeat one input; then they hold the first ones.
    return inputs if len(set(inputs)) == n_channels and min(inputs) >= 0 else list(range(n_channels))


def _input(fields: Fields, number: int, is_whole: bool) -> dict[str, Any]:
    table = _PER_INPUT | _TELEGRAPH if is_whole else _PER_INPUT
    found = {name: fields.at(at + number * _size(form), form) for name, (at, form) in table.items()}
    return found if is_whole else found | _NO_TELEGRAPH


def _size(form: str) -> int:
    return {"h": 2, "f": 4, "i": 4}.get(form) or int(form[:-1])


def _trace(head: dict[str, Any], adc: dict[str, Any]) -> Trace:
    volts_per_count = None if head["data_format"] else head["range"] / head["resolution"]
    return abf.trace_of(abf.text_of(adc["name"]), abf.text_of(adc["unit"]), adc, volts_per_count)


def _outputs(fields: Fields, is_whole: bool) -> tuple[Output, ...]:
    return tuple(_output(fields, k, is_whole) for k in range(4))


def _output(fields: Fields, k: int, is_whole: bool) -> Output:
    # Only the first two outputs have a waveform table.
    has_table = is_whole and k < 2
    enabled, source, keeps = (fields.at(at + 2 * k, "h") if has_table else 0 for at in (2296, 2300, 2304))
    return Output(
        number=k,
        name=abf.text_of(fields.bytes_at(1306 + 10 * k, 10)),
        unit=abf.text_of(fields.bytes_at(1346 + 8 * k, 8)),
        holding=fields.at(1394 + 4 * k, "f"),
        is_enabled=bool(enabled),
        waveform_source=source,
        keeps_last_level=bool(keeps),
        epochs=tuple(_epoch(fields, k, number) for number in range(10)) if has_table else (),
    )


def _epoch(fields: Fields, output: int, number: int) -> Epoch:
    k = 10 * output + number
    return Epoch(
        number=number,
        kind=fields.at(2308 + 2 * k, "h"),
        level=fields.at(2348 + 4 * k, "f"),
        level_step=fields.at(2428 + 4 * k, "f"),
        duration=fields.at(2508 + 4 * k, "i"),
        duration_step=fields.at(2588 + 4 * k, "i"),
        period=fields.at(2136 + 4 * k, "i"),
        width=fields.at(2216 + 4 * k, "i"),
    )


def _digital(fields: Fields, head: dict[str, Any]) -> DigitalOutputs:
    bits = fields.all_at(1588, "10h") if head["digital_enabled"] else ()
    return DigitalOutputs(head["active_output"], steady=dict(enumerate(bits)))


def _tags(fields: Fields, head: dict[str, Any], tick: float) -> tuple[tuple[float, str], ...]:
    start = head["tag_block"] * BLOCK
    rows = (fields.all_at(start + 64 * k, "i56s") for k in range(head["n_tags"]))
    return tuple((time * tick, abf.text_of(comment)) for time, comment in rows)


def _facts(
    fields: Fields, head: dict[str, Any], inputs: list[dict[str, Any]], is_whole: bool
) -> dict[str, object]:
    comment = fields.bytes_at(5154, 128) if is_whole else head["comment"]
    return {
        "format": f"ABF {head['version']:.3g}",
        "acquisition": abf.operation_name(head["operation"]),
        "protocol": abf.text_of(fields.bytes_at(4898, 256)) if is_whole else "",
        "comment": abf.text_of(comment) or abf.text_of(head["comment"]),
        "date": _date(head),
        "inputs": {abf.text_of(adc["name"]): abf.input_facts(adc) for adc in inputs},
    }


def _date(head: dict[str, Any]) -> str:
    year, rest = divmod(head["date"], 10_000)
    if rest <= 0:
        return ""
    # Early files write two digits of the year; ABF is younger than 1980.
    century = 0 if year >= 100 else 1900 if year >= 80 else 2000
    day = datetime.datetime(year + century, rest // 100, rest % 100)
    return (day + datetime.timedelta(seconds=head["seconds"], milliseconds=head["milliseconds"])).isoformat()
