"""The store gives back what was kept, or says that it is to be done again: never anything else."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelens import store as module
from spikelens.errors import WriteFailed
from spikelens.store import Store, store_key


def table(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "sample_index": np.sort(rng.integers(0, 10**9, n)),
        "channel_index": rng.integers(0, 384, n).astype(np.int32),
        "height": rng.normal(0, 1, n),
        "fault": rng.random(n) < 0.5,
    }


def same(one, other):
    return one is not None and all(
        one[k].dtype == other[k].dtype and one[k].tobytes() == other[k].tobytes() for k in other
    )


@pytest.mark.parametrize("n", [0, 1, 7, 10_000])
def test_what_was_kept_comes_back_to_the_bit(tmp_path, n):
    store = Store(tmp_path / "a" / "b")
    row = store.keep("0-10", table(n))
    assert row["rows"] == n and store.row("0-10") == row
    assert same(store.read("0-10"), table(n))


def test_what_was_not_kept_is_to_be_done(tmp_path):
    store = Store(tmp_path)
    assert store.row("0-10") is None and store.read("0-10") is None
    store.keep("0-10", table())
    assert store.row("10-20") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=250)
@given(st.data())
def test_any_flipped_bit_or_truncation_is_noticed(tmp_path, data):
    store = Store(tmp_path)
    store.keep("0-10", table())
    path = tmp_path / f"0-10.{data.draw(st.sampled_from(['parquet', 'json']))}"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    path.write_bytes(content)
    read = store.read("0-10")
    # A line feed more or less at the end of a row says nothing.
    assert read is None or (path.suffix == ".json" and same(read, table()))


@pytest.mark.parametrize("ending", ["parquet", "json"])
def test_a_lost_file_is_noticed(tmp_path, ending):
    store = Store(tmp_path)
    store.keep("0-10", table())
    (tmp_path / f"0-10.{ending}").unlink()
    assert store.row("0-10") is None


def test_another_shares_files_are_not_taken_for_this_ones(tmp_path):
    store = Store(tmp_path)
    store.keep("0-10", table(seed=1))
    store.keep("10-20", table(seed=2))
    for ending in ("parquet", "json"):
        (tmp_path / f"0-10.{ending}").replace(tmp_path / f"10-20.{ending}")
    assert store.row("10-20") is None


def test_another_versions_work_is_done_again(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.keep("0-10", table())
    monkeypatch.setattr(module, "VERSION", "99")
    assert store.row("0-10") is None


def test_damage_between_the_row_and_the_table_is_noticed(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.keep("0-10", table())
    (tmp_path / "0-10.parquet").write_bytes(b"PAR1 nonsense PAR1")
    monkeypatch.setattr(module, "_sha256", lambda path: store_row["sha256"])
    store_row = __import__("json").loads((tmp_path / "0-10.json").read_text())
    assert store.row("0-10") is not None and store.read("0-10") is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG, errno.EDQUOT])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_refused_write_is_said_with_its_path_and_costs_nothing_kept(tmp_path, monkeypatch, code, call):
    store = Store(tmp_path)
    store.keep("0-10", table())
    real, left = getattr(os, call), [0]

    def refuse(*args, **kwargs):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    # The first, second, ... such call fails, until none is left to fail.
    for n_before in range(8):
        left[0] = n_before
        monkeypatch.setattr(os, call, refuse)
        try:
            store.keep("10-20", table(seed=n_before))
            said = ""
        except WriteFailed as why:
            said = str(why)
        monkeypatch.setattr(os, call, real)
        assert same(store.read("0-10"), table())
        ended = not said
        assert ended or (os.strerror(code) in said and "10-20" in said)
        kept = store.read("10-20")
        assert kept is None or same(kept, table(seed=n_before)) or not ended
        assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
        if ended:
            return
    pytest.fail("every write was refused")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file-size limits are POSIX's")
def test_a_file_size_limit_is_said(tmp_path):
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
        with pytest.raises(WriteFailed, match=r"0-10.*(large|limit)"):
            Store(tmp_path).keep("0-10", table(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert Store(tmp_path).row("0-10") is None


def test_keys_tell_what_differs(tmp_path):
    assert store_key("a", [1, 2.5]) == store_key("a", [1, 2.5])
    assert len({store_key("a"), store_key("b"), store_key("a", 1), store_key("a", "1")}) == 4


def test_a_removed_store_leaves_its_neighbours(tmp_path):
    one, other = Store(tmp_path / "parts" / "a"), Store(tmp_path / "parts" / "b")
    one.keep("0-10", table())
    other.keep("0-10", table())
    one.remove()
    assert other.row("0-10") is not None and not one.folder.exists()
    other.remove()
    assert not (tmp_path / "parts").exists()
