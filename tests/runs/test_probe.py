"""A probe's file to its folder: the same bytes by every way, and what is said of it."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.probes.cases import GAIN, N_CHANNELS, RATE, counts
from tests.runs.probe_files import FIND, PLACES, N, digest, find, record, write

from spikelens.cli import run
from spikelens.errors import BadParameter
from spikelens.exporters.parquet import read_parquet
from spikelens.probes import read_probe
from spikelens.runs.sharing import Sharing, parse_shard

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="dask.distributed is absent; install spikelens[dask]",
)


def test_planted_spikes_are_in_the_table_with_their_channels(here):
    find("--cutoff", "7")
    table = read_parquet(here / "out/rec/spikes.parquet")
    assert len(table) == len(PLACES)
    assert np.abs(table["sample_index"] - [at for at, _ in PLACES]).max() <= 2
    assert table["channel_index"].tolist() == [c for _, c in PLACES]
    assert table["channel"].tolist() == [f"ch{c}" for _, c in PLACES]
    assert (table["height"] < 0).all() and (table["verdict"] == "spike").all()
    assert np.abs(table["time"] * RATE - table["sample_index"]).max() <= 0.5


def test_the_record_names_filter_reference_and_probe(here):
    find()
    told = record()
    assert told["filter"]["name"] == "butterworth" and told["method"] == "bandpass_mad"
    assert told["parameters"]["reference"] == "median" and told["parameters"]["radius"] == 50.0
    assert told["probe"] == "line" and told["mode"] == "extracellular" and told["polarity"] == -1
    choices = [choice for choice, _ in told["chosen"]]
    assert {"filter butterworth", "reference median", "probe line"} <= set(choices)
    words = (here / "out/rec/methods.txt").read_text()
    assert (
        "median of all channels" in words and "butterworth: " in words and "low 300 Hz, high 6000 Hz" in words
    )
    assert "within 50 um and 0.8 ms" in words and "Quian Quiroga" in words
    assert not told["warnings"]
    assert "probe.json" in [Path(name).name for name in told["outputs"]]
    asked, kept = (read_probe(p, N_CHANNELS) for p in ("line.json", "out/rec/probe.json"))
    np.testing.assert_array_equal(asked.near(50.0), kept.near(50.0))


def test_channels_are_tabled(here):
    find("--cutoff", "7")
    with open("out/rec/channels.csv", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["channel_index"] for row in rows] == [str(k) for k in range(N_CHANNELS)]
    assert [float(row["y_um"]) for row in rows] == [25.0 * k for k in range(N_CHANNELS)]
    counted = [sum(c == k for _, c in PLACES) for k in range(N_CHANNELS)]
    assert [int(row["spikes"]) for row in rows] == counted
    assert all(3 * GAIN < float(row["noise_level"]) < 7 * GAIN for row in rows)


@pytest.mark.parametrize(
    "flags",
    [
        ("--engine", "serial", "--chunk", "0.5"),
        ("--engine", "serial", "--chunk", "60"),
        ("--engine", "threads", "--workers", "1"),
        ("--engine", "threads", "--workers", "8", "--chunk", "0.5"),
        pytest.param(("--engine", "dask", "--workers", "2", "--chunk", "1"), marks=needs_dask),
    ],
    ids=lambda flags: "-".join(flags[1::2]),
)
def test_every_engine_and_chunk_gives_the_same_bytes(here, flags):
    find(out="usual")
    find(*flags, out="other")
    assert digest("usual") == digest("other")
    mine, theirs = record("usual"), record("other")
    of_place = ("outputs", "seal")
    assert {k: v for k, v in mine.items() if k not in of_place} == {
        k: v for k, v in theirs.items() if k not in of_place
    }


def test_shards_do_their_part_and_the_last_joins_them(here, capsys):
    find(out="whole")
    for k in (2, 3, 1):
        assert not os.path.exists("out/rec/run.json")
        assert run([*FIND, "--out", "out", "--shard", f"{k}/3", "--chunk", "0.5"]) == 0
        assert ("this shard is done" in capsys.readouterr().err) == (k != 1)
    assert digest("whole") == digest("out")
    assert sorted(os.listdir("out")) == ["rec"]


def test_flags_change_what_they_should(here):
    find(out="usual")
    usual = record("usual")["n_spikes"]
    for k, flags in enumerate([("--radius", "0"), ("--apart", "0.05"), ("--cutoff", "30")]):
        find(*flags, out=f"o{k}")
        n = record(f"o{k}")["n_spikes"]
        assert n > usual if k == 0 else n < usual
    find("--reference", "mean", "--filter", "bessel", out="o4")
    assert record("o4")["filter"]["name"] == "bessel" and record("o4")["parameters"]["reference"] == "mean"
    find("--reference", "none", "--filter", "none", out="o5")
    assert record("o5")["filter"] is None and record("o5")["parameters"]["reference"] == "none"
    find("--order", "5", "--causal", "--notch", "60", "--harmonics", "2", out="o7")
    told = record("o7")
    assert told["filter"] | {"order": 5, "causal": True, "notch": 60.0, "harmonics": 2} == told["filter"]
    assert ["notch 60 Hz and its multiples up to 120 Hz", "as asked"] in told["chosen"]
    words = (here / "o7/rec/methods.txt").read_text()
    assert "order 5" in words and "causal, " in words and "Mains hum was taken out (notch 60 Hz" in words
    find("--filter", "none", "--notch", "60", out="o8")
    assert record("o8")["filter"]["name"] == "notch"
    find("--high", "none", out="o9")
    assert (record("o9")["filter"]["low"], record("o9")["filter"]["high"]) == (300.0, None)
    find("--low", "none", "--high", "2000", out="o10")
    assert (record("o10")["filter"]["low"], record("o10")["filter"]["high"]) == (None, 2000.0)
    find("--low", "none", "--high", "none", out="o11", code=2)
    find("--start", "1", "--stop", "2", out="o6")
    assert record("o6")["exposure"] == pytest.approx(1.0)


def test_polarity_is_as_asked(here):
    write(here / "rec.bin", -counts(N, PLACES))
    find("--polarity", "up", "--cutoff", "7")
    table = read_parquet(here / "out/rec/spikes.parquet")
    assert len(table) == len(PLACES) and (table["height"] > 0).all()
    find("--polarity", "both", out="both", code=2)


def test_without_geometry_channels_are_on_their_own_and_that_is_said(here):
    assert run(["find", "rec.bin", "--no-report", "--quiet"]) == 0
    told = record("spikelens-out")
    assert told["n_spikes"] > 1.5 * len(PLACES)
    assert any("no --probe" in text for text in told["warnings"])


def test_a_channel_by_name_is_searched_as_one(here):
    assert run(["find", "rec.bin", "--no-report", "--quiet", "--channel", "ch3"]) == 0
    assert record("spikelens-out")["channel"] == "ch3"


def test_probe_flags_on_one_channel_are_refused(here, capsys):
    find("--channel", "ch3", code=2)
    assert "--probe is for extracellular recordings of several channels" in capsys.readouterr().err
    for flag, why in (
        ("--reference", "of one it would leave nothing"),
        ("--filter", "--low and --high say how"),
    ):
        assert run(["find", "rec.bin", "--channel", "ch3", flag, "none", "--quiet"]) == 2
        assert why in capsys.readouterr().err


def test_methods_made_for_one_channel_are_refused(here, capsys):
    find("--method", "slope", code=3)
    assert "slope is made for one channel" in capsys.readouterr().err


def test_a_sync_channel_is_left_alone(here):
    stored = counts(N, PLACES)
    sync = np.tile([0, 64], N // 2).astype(np.int16)[:, None]
    units = [""] + ["V"] * N_CHANNELS
    write(here / "rec.bin", np.hstack([sync, stored]), unit=units, mode="extracellular")
    document = json.loads((here / "line.json").read_text())
    document["probes"][0]["device_channel_indices"] = list(range(1, N_CHANNELS + 1))
    (here / "line.json").write_text(json.dumps(document))
    find("--cutoff", "7")
    table = read_parquet(here / "out/rec/spikes.parquet")
    assert table["channel_index"].tolist() == [c + 1 for _, c in PLACES]
    assert table["channel"].tolist() == [f"ch{c + 1}" for _, c in PLACES]


def test_broken_channels_and_lost_samples_are_told(here):
    stored = counts(N, PLACES)
    stored[:, 4], stored[:, 8] = 0, stored[:, 0]
    stored[20_000:20_060] = 0
    write(here / "rec.bin", stored)
    find("--mode", "extracellular")
    told = " ".join(record()["warnings"])
    assert (
        "never change and were left out: ch4" in told
        and "repeat an earlier one and were left out: ch8" in told
    )
    assert "lost samples were refused" in told
    table = read_parquet(here / "out/rec/spikes.parquet")
    assert not table["sample_index"].between(19_961, 20_099).any()


def test_missing_numbers_are_walled_off_and_told(here):
    volts = (counts(N, PLACES) * GAIN).astype(np.float32)
    volts[30_000:31_000, 2] = np.nan
    write(here / "rec.bin", volts, gain=1.0)
    find("--mode", "extracellular")
    assert any("not numbers" in text for text in record()["warnings"])
    assert record()["exposure"] == pytest.approx((N - 1_000) / RATE - 0.004)


def test_a_channel_without_numbers_is_left_out_and_told(here):
    volts = (counts(N, PLACES) * GAIN).astype(np.float32)
    volts[:, 4] = np.nan
    write(here / "rec.bin", volts, gain=1.0)
    find("--mode", "extracellular")
    told = record()
    assert "channel ch4 holds no numbers and was left out" in told["warnings"]
    assert told["n_spikes"] > 150 and told["n_channels"] == N_CHANNELS - 1
    assert 4 not in set(read_parquet(here / "out/rec/spikes.parquet")["channel_index"])


def test_the_report_and_its_figure_are_drawn(here):
    assert run(["find", "rec.bin", "--probe", "line.json", "--quiet"]) == 0
    page = (here / "spikelens-out/rec/report.html").read_text()
    assert "reference median" in page and "filter butterworth" in page and "The busiest channels" in page
    assert (here / "spikelens-out/rec/trace.png").stat().st_size > 5_000


def test_too_many_spikes_for_a_csv_are_in_parquet_only(here, monkeypatch):
    monkeypatch.setattr("spikelens.runs.probefolder.CSV_ROWS", 20)
    find()
    assert not os.path.exists("out/rec/spikes.csv")
    assert any("too many for a CSV" in text for text in record()["warnings"])


def test_no_spikes_are_a_table_too(here):
    find("--cutoff", "900")
    assert record()["n_spikes"] == 0
    assert (
        run(["find", "rec.bin", "--probe", "line.json", "--cutoff", "900", "--quiet", "--out", "drawn"]) == 0
    )


def test_of_a_probe_among_several_files_each_has_its_folder(here):
    np.save(here / "cell.npy", np.full(30_000, -0.07) + np.random.default_rng(0).normal(0, 1e-4, 30_000))
    asked = [
        "find",
        "rec.bin",
        "cell.npy",
        "--unit",
        "V",
        "--sampling-rate",
        str(RATE),
        "--no-report",
        "--quiet",
    ]
    assert run([*asked, "--engine", "threads", "--out", "a"]) == 0
    assert run([*asked, "--out", "b"]) == 0
    one, other = ((here / k / "summary.csv").read_text() for k in "ab")
    assert one == other and "rec.bin" in one and "cell.npy" in one


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/3"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(BadParameter, match="2/8"):
        parse_shard(text)


def test_shards_share_all_items_out():
    items = list(range(17))
    parts = [Sharing(shard=(k, 5)).mine(items) for k in range(1, 6)]
    assert sorted(item for part in parts for item in part) == items


def test_a_chunk_of_no_length_is_refused(here, capsys):
    find("--chunk", "0", code=2)
    assert "--chunk must be more than 0" in capsys.readouterr().err
