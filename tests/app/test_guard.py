"""One test for each rule of who may ask."""

from __future__ import annotations

import re
import socket

import pytest

from spikelens.app.guard import BODY
from spikelens.app.library import Library
from spikelens.app.server import LOOPBACK, Served
from spikelens.app.starting import recordings_in
from spikelens.errors import BadParameter, UnreadableFile
from spikelens.exporters.npz import Npz
from tests.app.serving import HOME, TOKEN, guarded
from tests.factory import make_recording

WRITE = "/api/recordings/x/edits"


@pytest.fixture
def library(tmp_path):
    made = Library([make_recording([5000])], sessions=tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(library):
    return guarded(library)


@pytest.fixture
def known(client):
    """A client that has shown the token."""
    client.get("/", params={"token": TOKEN})
    return client


def test_without_the_key_nothing_is_shown(client):
    for path in ("/", "/index.html", "/api/recordings", "/api/methods"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "spikelens view" in answer.text


def test_the_key_is_exchanged_for_a_cookie_and_leaves_the_address(client):
    answer = client.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert "8700" in cookie.partition("=")[0]
    assert client.get("/").status_code == 200
    assert client.get("/api/recordings").status_code == 200


@pytest.mark.parametrize("given", ["", "wrong", TOKEN + "x", "\u00e9"])
def test_a_wrong_key_opens_nothing(client, given):
    answer = client.get("/", params={"token": given})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_made_up_cookie_opens_nothing(client):
    client.cookies.set("spikelens-8700", "guess")
    assert client.get("/api/recordings").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8700", "127.0.0.1", "127.0.0.1:80", ""])
def test_another_name_for_this_machine_is_refused(known, host):
    """DNS rebinding: a page of evil.example that resolves to 127.0.0.1 sends its own name."""
    assert known.get("/api/recordings", headers={"host": host}).status_code == 403
    assert known.get("/", params={"token": TOKEN}, headers={"host": host}).status_code == 403


def test_its_own_names_are_fine(known):
    assert known.get("/", params={"token": TOKEN}, headers={"host": "LOCALHOST:8700"}).status_code == 303


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "https://127.0.0.1:8700", "http://127.0.0.1"]
)
def test_writes_need_the_servers_own_page(known, origin):
    headers = {} if origin is None else {"origin": origin}
    answer = known.post(WRITE, json={}, headers=headers)
    assert answer.status_code == 403
    assert "own page" in answer.json()["error"]


def test_a_write_from_its_own_page_passes(known):
    assert known.post(WRITE, json={}, headers={"origin": HOME}).status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_of_other_sites_are_refused(known, site):
    headers = {"sec-fetch-site": site, "origin": HOME}
    assert known.post(WRITE, json={}, headers=headers).status_code == 403
    assert known.get("/api/recordings", headers={"sec-fetch-site": site}).status_code == 403


def test_a_link_from_elsewhere_may_open_the_page(client):
    answer = client.get("/", params={"token": TOKEN}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 303


def test_no_other_origin_is_let_in(known):
    answer = known.options("/api/recordings", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    got = known.get("/api/recordings", headers={"origin": "http://evil.example"})
    assert not [name for name in got.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/api/recordings", "/api/nothing", "/nothing"])
def test_every_answer_is_dressed(known, path):
    headers = known.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"]


def test_a_notebook_of_this_machine_may_frame_it_and_no_other(library):
    policy = guarded(library, in_frames=True).get("/").headers["content-security-policy"]
    frames = re.search("frame-ancestors ([^;]*)", policy)[1].split()
    assert frames == ["'self'", "http://localhost:*", "http://127.0.0.1:*"]


def test_a_request_that_is_too_long_is_refused_before_it_is_read(known):
    answer = known.post(WRITE, content=b" " * (BODY + 1), headers={"origin": HOME})
    assert answer.status_code == 413


def test_a_request_that_does_not_say_its_length_is_cut_off(known, library):
    name = library.items()[0].id

    def endless():
        for _ in range(40):
            yield b" " * (BODY // 20)

    answer = known.post(f"/api/recordings/{name}/edits", content=endless(), headers={"origin": HOME})
    assert answer.status_code == 400 and "at most" in answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml", "/..%2fserver.py", "//etc/passwd"]
)
def test_the_pages_folder_cannot_be_left(known, path):
    answer = known.get(path)
    assert answer.status_code in (400, 404), answer.text


def test_recordings_are_known_by_opaque_ids(known, library, tmp_path):
    (row,) = known.get("/api/recordings").json()["recordings"]
    assert re.fullmatch("[0-9a-f]{16}", row["id"])
    for guess in ("..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "0" * 16):
        assert known.get(f"/api/recordings/{guess}").status_code == 404


def test_links_that_lead_out_of_a_named_folder_are_left_out(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        Npz().write_recording(folder / f"{folder.name}.npz", make_recording([5000]))
    (inside / "link.npz").symlink_to(outside / "out.npz")
    (inside / "here.npz").symlink_to(inside / "in.npz")
    assert recordings_in([inside]) == [inside / "in.npz"]
    assert recordings_in([inside / "link.npz"]) == [outside / "out.npz"]


def test_a_file_that_became_a_link_is_not_followed(tmp_path):
    named, secret = tmp_path / "named.npz", tmp_path / "secret.npz"
    for path in (named, secret):
        Npz().write_recording(path, make_recording([5000]))
    library = Library([named], sessions=tmp_path / "s")
    named.unlink()
    named.symlink_to(secret)
    with pytest.raises(UnreadableFile, match=r"named\.npz has become a link"):
        library.open(library.items()[0].id)
    library.close()


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UnreadableFile, match="does not exist"):
        recordings_in([tmp_path / "nothing.abf"])


def test_it_listens_on_the_loopback_unless_told(library):
    served = Served(library)
    assert served._socket.getsockname()[0] == LOOPBACK == "127.0.0.1"
    assert served.address.startswith(f"http://127.0.0.1:{served.port}/?token=")
    served._socket.close()


def test_told_to_listen_everywhere_it_goes_by_the_machines_own_names(library):
    served = Served(library, host="0.0.0.0")
    assert f"{socket.gethostname().lower()}:{served.port}" in served.app.hosts
    assert f"0.0.0.0:{served.port}" not in served.app.hosts
    assert "0.0.0.0" not in served.address
    served._socket.close()


def test_two_servers_have_two_keys(library):
    one, other = Served(library), Served(library)
    assert one.address.partition("token=")[2] != other.address.partition("token=")[2]
    assert len(one.address.partition("token=")[2]) >= 32
    for served in (one, other):
        served._socket.close()


def test_a_port_that_is_taken_is_said(library):
    served = Served(library)
    with pytest.raises(BadParameter, match=f"port {served.port}.*--port"):
        Served(library, port=served.port)
    served._socket.close()
