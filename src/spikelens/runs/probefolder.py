"""The folder of results of many channels: tables, a figure, a report, and the record of the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.detecting import Progress
from spikelens.errors import OutputError
from spikelens.files import write_atomically, write_json, write_text
from spikelens.filters._notched import WIDTH
from spikelens.html import Table
from spikelens.plots.images import png
from spikelens.plots.probe_raster import probe_raster
from spikelens.probes import probe_document
from spikelens.probesearch import ProbeSearch
from spikelens.recording import Recording
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of, report_of
from spikelens.runs.drawing import DRAWING
from spikelens.runs.placing import RUN_FILE, finished_run, placing, write_record
from spikelens.runs.probe import find_on_probe, probe_search, store_for, warnings_of
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing
from spikelens.runs.tables import write_rows
from spikelens.runs.words import counted, settings_words
from spikelens.spikes import Spikes
from spikelens.store import store_key
from spikelens.summary import Row, feature_rows
from spikelens.version import VERSION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CSV_ROWS = 1_000_000
"""More spikes than this are written as Parquet only: no spreadsheet opens them."""
CHANNELS_SHOWN = 24
"""A report lists no more channels than this; the table beside it has them all."""


@dataclass(frozen=True)
class Found:
    """What was sought on many channels, and what was found."""

    request: Request
    search: ProbeSearch
    spikes: Spikes

    @property
    def numbers(self) -> list[int]:
        """Each searched channel's place among the file's."""
        return [k if c.index is None else c.index for k, c in enumerate(self.search.recording.channels)]

    @property
    def depth(self) -> NDArray[np.float64]:
        """Where along the probe each spike is, um; NaN where the geometry is not known."""
        of_file = np.full(max(self.numbers) + 1, np.nan)
        of_file[self.numbers] = self.search.probe.positions[:, 1]
        return of_file[self.spikes["channel_index"]]

    @property
    def warnings(self) -> list[str]:
        """What to distrust."""
        told = list(warnings_of(self.search, self.spikes))
        if len(self.spikes) > CSV_ROWS:
            told.append(f"{len(self.spikes)} spikes are in spikes.parquet only, too many for a CSV")
        return told


def run_probe(
    recording: Recording,
    folder: Path,
    request: Request,
    sharing: Sharing,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Find the spikes of all channels of a recording and write its folder.

    Returns
    -------
    dict
        What ``run.json`` holds; of a shard that was not the last to end, what it did.
    """
    search = probe_search(recording, request)
    key = store_key(request.key(recording.fingerprint), search.probe.key())
    done = finished_run(
        folder, key, force=force, inputs=[*([recording.path] if recording.path else []), *request.files]
    )
    if done is None:
        try:
            answer = find_on_probe(search, key, folder, sharing, progress=progress)
            if answer is None:
                return {"path": str(recording.path), "shard": sharing.shard, "complete": False}
            done = _placed(Found(request, *answer), folder, key)
        except OutputError:
            # Another driver may have ended this very run meanwhile, and taken the store away.
            done = None if force else finished_run(folder, key, force=False)
            if done is None:
                raise
    else:
        done = {**done, "already_done": True}
    store_for(search.recording, key, folder).remove()
    return done


def _placed(found: Found, folder: Path, key: str) -> dict[str, Any]:
    """Write the folder."""
    with placing(folder) as under:
        names = _write(found, under)
        return write_record(under, record_of(found, key, [str(folder / name) for name in names]))


def _write(found: Found, folder: Path) -> list[str]:
    spikes = found.spikes
    for name in ("csv", "parquet") if len(spikes) <= CSV_ROWS else ("parquet",):
        rooms.load("exporters", name)().write_spikes(folder / f"spikes.{name}", spikes)
    write_rows(folder / "channels.csv", channel_rows(found))
    write_rows(folder / "sweeps.csv", sweep_rows(found))
    if found.search.settings.probe:
        write_json(folder / "probe.json", probe_document(found.search.probe, found.numbers))
    write_text(folder / "methods.txt", methods_paragraph(found) + "\n")
    if found.request.report:
        with DRAWING:
            picture, report = png(_drawn(found)), report_of(_analysis(found))
        write_atomically(folder / "trace.png", lambda out: out.write(picture))
        write_text(folder / "report.html", report)
    return [*sorted(p.name for p in folder.iterdir()), RUN_FILE]


def channel_rows(found: Found) -> list[Row]:
    """A row per channel: where it is, its noise and its spikes."""
    spikes, probe = found.spikes, found.search.probe
    channels = found.search.recording.channels
    counts = np.bincount(spikes["channel_index"], minlength=max(found.numbers) + 1)
    noise, observed = found.search.noise, _observed(spikes)
    assert noise is not None
    level = noise.level * found.search.preparation.gain
    rows: list[Row] = []
    for k, (channel, number) in enumerate(zip(channels, found.numbers, strict=True)):
        place = {axis: float(v) for axis, v in zip("xyz", probe.positions[k], strict=False)}
        left_out = "dead" if k in noise.dead else "doubled" if k in noise.doubled else ""
        rows.append(
            {
                "channel": channel.name,
                "channel_index": number,
                **{f"{axis}_um": value for axis, value in place.items()},
                "group": int(probe.groups[k]),
                "noise_level": float(level[k]),
                "left_out": left_out,
                "spikes": int(counts[number]),
                "average_rate": counts[number] / observed if observed else float("nan"),
            }
        )
    return rows


def sweep_rows(found: Found) -> list[Row]:
    """A row per sweep and one for all: time observed, and the spikes of all channels."""
    recording, spikes = found.search.recording, found.spikes
    rows: list[Row] = []
    for sweep in range(len(recording.sweeps)):
        begun = float(recording.time_of(int(recording.sweeps.bounds[sweep])))
        exposure = spikes.stretches.n_samples(sweep) / spikes.sampling_rate
        rows.append(_sweep(sweep, begun, exposure, int((spikes.sweep == sweep).sum())))
    return [*rows, _sweep("all", float("nan"), _observed(spikes), len(spikes))]


def _sweep(name: object, begun: float, exposure: float, n: int) -> Row:
    rate = n / exposure if exposure else float("nan")
    return {"sweep": name, "start_time": begun, "exposure": exposure, "spikes": n, "average_rate": rate}


def _observed(spikes: Spikes) -> float:
    return spikes.stretches.n_samples() / spikes.sampling_rate


def record_of(found: Found, key: str, outputs: list[str]) -> dict[str, Any]:
    """Everything that a run used and found, and where it wrote; no clock, engine or chunk size."""
    recording, spikes = found.search.recording, found.spikes
    made, sweeps = spikes.provenance, sweep_rows(found)
    return {
        "schema_version": 1,
        "path": str(recording.path),
        "n_spikes": len(spikes),
        "rate": sweeps[-1]["average_rate"],
        "duration": recording.duration,
        "exposure": sweeps[-1]["exposure"],
        "method": made.method,
        "parameters": made.parameters,
        "warnings": found.warnings,
        "outputs": outputs,
        "chosen": [list(choice) for choice in choices(found)],
        "n_channels": len(recording.channels),
        "mode": recording.mode,
        "polarity": made.polarity,
        "filter": made.filter,
        "survey": made.survey,
        "probe": found.search.probe.name,
        "time_base": recording.time_base,
        "n_candidates_refused": len(spikes.candidates) if spikes.candidates is not None else 0,
        "sampling_rate": recording.sampling_rate,
        "n_sweeps": len(recording.sweeps),
        "reader": recording.reader,
        "header": recording.header,
        "features": feature_rows(spikes),
        "sweeps": sweeps,
        "request": found.request.facts(),
        "fingerprint": recording.fingerprint,
        "version": VERSION,
        "key": key,
    }


def choices(found: Found) -> list[tuple[str, str]]:
    """Each choice and its reason."""
    made, asked = found.spikes.provenance, found.request
    reference = str(made.parameters["reference"])
    filter_ = "none" if made.filter is None else str(made.filter["name"])
    return [
        (f"{len(found.search.recording.channels)} channels", "all voltages; --channel chooses one"),
        ("mode extracellular", "as asked" if asked.mode else "what the file or its values say"),
        (f"filter {filter_}", _reason(asked, "filter")),
        *_hum_of(found),
        (f"reference {reference}", _reason(asked, "reference")),
        (
            f"method {made.method}, the largest within {made.parameters['radius']:g} um"
            f" and {1e3 * float(str(made.parameters['apart'])):g} ms",
            "what suits extracellular by default",
        ),
        (f"probe {found.search.probe.name}", "as asked" if found.search.settings.probe else "none was given"),
    ]


def _hum_of(found: Found) -> list[tuple[str, str]]:
    settings = found.search.settings
    if settings.notch is None:
        return []
    multiples = f" and its multiples up to {settings.notch * settings.harmonics:g} Hz"
    return [(f"notch {settings.notch:g} Hz{multiples if settings.harmonics > 1 else ''}", "as asked")]


def _reason(request: Request, name: str) -> str:
    return "as asked" if name in request.probe else "what suits so many channels by default"


def methods_paragraph(found: Found) -> str:
    """A paragraph for a paper: version, rule, settings, counts and citations."""
    made, recording = found.spikes.provenance, found.search.recording
    detector = rooms.load("detectors", made.method)
    sentences = [
        f"Spikes were detected with Spikelens {made.version} on {counted(len(recording.channels), 'channel')}"
        f" of {recording.name} ({recording.sampling_rate:g} Hz, {_observed(found.spikes):.6g} s observed).",
    ]
    if made.parameters["reference"] != "none":
        sentences.append(f"The {made.parameters['reference']} of all channels was subtracted from each.")
    if made.filter:
        filter_ = rooms.load("filters", str(made.filter["name"]))
        own = {p.name for p in filter_.schema()}
        told = settings_words(filter_, {k: v for k, v in made.filter.items() if k in own})
        sentences.append(f"Channels were filtered ({made.filter['name']}: {told}).")
    sentences += [f"Mains hum was taken out ({what}, {WIDTH:g} Hz wide)." for what, _ in _hum_of(found)]
    way = "positive" if made.polarity > 0 else "negative"
    sentences += [
        f"A spike is a {way} peak of at least {made.parameters['cutoff']:g} times its channel's noise level"
        f" (median absolute deviation over 0.6745), the largest within {made.parameters['radius']:g} um and"
        f" {1e3 * float(str(made.parameters['apart'])):g} ms.",
        f"{counted(len(found.spikes), 'spike')} {'was' if len(found.spikes) == 1 else 'were'} found.",
        f"To cite: {'; '.join([f'Spikelens {made.version}', *detector.references])}.",
    ]
    return " ".join(sentences)


def _drawn(found: Found) -> Figure:
    figure = probe_raster(found.spikes, found.depth).get_figure(root=True)
    assert figure is not None
    return figure


def _analysis(found: Found) -> Analysis:
    recording, spikes = found.search.recording, found.spikes
    rows = sorted(channel_rows(found), key=lambda row: -int(str(row["spikes"])))[:CHANNELS_SHOWN]
    busiest = Table(
        "The busiest channels",
        [_HEADS.get(name, name.replace("_", " ")) for name in rows[0]],
        [[1e6 * float(str(v)) if name == "noise_level" else v for name, v in row.items()] for row in rows],
        "channels.csv has all.",
    )
    caption = "Spikes over time and along the probe, and how many there are at each depth."
    return Analysis(
        command="find",
        title=(recording.name, str(recording.path or "")),
        telling=[
            (f"{len(spikes):,}", "spikes"),
            (
                f"{np.unique(spikes['channel_index']).size}",
                f"of {len(recording.channels)} channels with spikes",
            ),
            (f"{_observed(spikes):,.4g} s", f"observed of {recording.duration:,.4g} s"),
        ],
        verdict=f"{counted(len(spikes), 'spike')} on {counted(len(recording.channels), 'channel')}.",
        sections=[
            Section("The recording", [Picture("raster", _drawn(found), caption)]),
            Section("In numbers", [busiest]),
        ],
        chosen=choices(found),
        warnings=found.warnings,
        methods=methods_paragraph(found),
        origin=[(what, _short(said) if what == "channels" else said) for what, said in origin_of(recording)],
    )


_HEADS = {"x_um": "x (um)", "y_um": "y (um)", "z_um": "z (um)", "noise_level": "noise level (uV)",
          "average_rate": "average rate (per s)"}  # fmt: skip


def _short(channels: str) -> str:
    """A list of channels that fits on a line or two."""
    names = channels.split(", ")
    return (
        channels
        if len(names) <= CHANNELS_SHOWN
        else f"{', '.join(names[:3])} ... {names[-1]}, {len(names)} in all"
    )
