import time
from datetime import datetime

from fastapi.testclient import TestClient

from stack.clock import build


def now(client):
    return datetime.fromisoformat(client.get("/").json()["now"])


def test_the_first_setting_may_go_anywhere_and_later_ones_only_forward(tmp_path):
    client = TestClient(build(tmp_path / "clock.json"))
    assert client.get("/").json()["set"] is False
    assert client.post("/set", json={"now": "2020-09-01T12:00:00Z"}).status_code == 200
    refused = client.post("/set", json={"now": "2020-09-01T11:59:59Z"})
    assert refused.status_code == 409
    assert "only goes forward" in refused.json()["detail"]
    moved = client.post("/set", json={"now": "2020-10-19T20:00:00Z"}).json()
    assert moved["now"].startswith("2020-10-19T20:00:0")
    assert (moved["set"], moved["revision"]) == (True, 2)


def test_it_ticks_on_from_where_it_was_set(tmp_path):
    client = TestClient(build(tmp_path / "clock.json"))
    client.post("/set", json={"now": "2020-09-01T12:00:00Z"})
    first = now(client)
    time.sleep(0.05)
    assert 0.04 < (now(client) - first).total_seconds() < 2


def test_a_restart_keeps_it_and_it_never_goes_back(tmp_path):
    first = TestClient(build(tmp_path / "clock.json"))
    first.post("/set", json={"now": "2020-09-01T12:00:00Z"})
    before = now(first)
    second = TestClient(build(tmp_path / "clock.json"))
    assert now(second) >= before
    assert second.get("/").json()["revision"] == 1


def test_it_stands_still_while_the_machines_clock_goes_back(tmp_path, monkeypatch):
    client = TestClient(build(tmp_path / "clock.json"))
    client.post("/set", json={"now": "2020-09-01T12:00:00Z"})
    before = now(client)
    real = time.time
    monkeypatch.setattr("stack.clock.time.time", lambda: real() - 3600)
    assert now(client) >= before


def test_an_instant_without_a_zone_is_refused(tmp_path):
    client = TestClient(build(tmp_path / "clock.json"))
    assert client.post("/set", json={"now": "2020-09-01T12:00:00"}).status_code == 422
