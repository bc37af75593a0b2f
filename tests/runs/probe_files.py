"""A probe's recording as files, and runs over it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.probes.cases import GAIN, RATE, random_places

from spikelens.cli import run

N = 60_000
PLACES = random_places(N)
FIND = ("find", "rec.bin", "--probe", "line.json", "--no-report")
"""What each run over `rec.bin` asks for, at least."""


def write(path, stored, **facts):
    stored.astype(stored.dtype.newbyteorder("<")).tofile(path)
    said = {"dtype": stored.dtype.str, "n_channels": stored.shape[1], "sampling_rate": RATE, "gain": GAIN}
    said |= {"unit": "V", **facts}
    path.with_suffix(".toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in said.items()))


def find(*flags, out="out", code=0):
    assert run([*FIND, "--quiet", "--out", out, *flags]) == code


def record(out="out"):
    with open(f"{out}/rec/run.json", encoding="utf-8") as opened:
        return json.load(opened)


def digest(out="out"):
    names = ("spikes.csv", "spikes.parquet", "channels.csv")
    return [hashlib.sha256(Path(out, "rec", n).read_bytes()).hexdigest() for n in names]
