import threading
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from cli.jump import Addresses, jump
from cli.say import Ends
from stack import ports

START = datetime(2020, 10, 1, 12, tzinfo=UTC)


class World:
    """A clock that stands still, a simulator, and services whose dues are instants.

    A service does what is due at its second look, and may plan more when it does.
    """

    def __init__(self):
        self.now, self.set, self.stops = START, True, []
        self.dues: dict[str, list[datetime]] = {"billing": [], "notifications": []}
        self.done: list[tuple[str, datetime, datetime]] = []
        self.then: dict[datetime, tuple[str, datetime]] = {}
        self.looked: set[str] = set()
        self.webhooks = 0
        self.looks = dict.fromkeys(self.dues, 0)
        self.addresses = Addresses("", "", {})
        self.app = FastAPI()
        self.app.get("/clock/")(self.clock)
        self.app.post("/clock/set")(self.move)
        self.app.get("/paysim/quiet")(self.quiet_simulator)
        self.app.get("/{name}/health/quiet")(self.quiet)

    async def clock(self):
        return {"now": self.now.isoformat(), "set": self.set, "revision": len(self.stops)}

    async def move(self, body: dict):
        wanted = datetime.fromisoformat(body["now"])
        if self.set and wanted < self.now:
            return JSONResponse({}, 409)
        self.now, self.set = wanted, True
        self.stops.append(wanted)
        return {}

    async def quiet_simulator(self):
        self.webhooks = max(0, self.webhooks - 1)
        return {"pending_webhooks": self.webhooks}

    async def quiet(self, name: str):
        self.looks[name] += 1
        mine = self.dues[name]
        overdue = sorted(due for due in mine if due <= self.now)
        if overdue and name in self.looked:
            self.looked.discard(name)
            for due in overdue:
                mine.remove(due)
                self.done.append((name, due, self.now))
                if due in self.then:
                    other, later = self.then[due]
                    self.dues[other].append(later)
        elif overdue:
            self.looked.add(name)
        left = [due for due in mine if due > self.now]
        busy = any(due <= self.now for due in mine)
        next_due = min(left).isoformat() if left else None
        return {"quiet": not busy, "due": {"overdue": int(busy), "next": next_due}}


@pytest.fixture
def world():
    one, port = World(), ports.free_port()
    server = uvicorn.Server(uvicorn.Config(one.app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ports.wait_listening(port, 10)
    base = f"http://127.0.0.1:{port}"
    services = {name: f"{base}/{name}" for name in one.dues}
    one.addresses = Addresses(f"{base}/clock/", f"{base}/paysim", services)
    yield one
    server.should_exit = True
    thread.join(5)


async def to(world, target):
    return await jump(world.addresses, target, lambda *_: None)


async def test_it_stops_at_each_due_instant_and_what_is_due_is_done_on_its_date(world):
    monday, tuesday = START + timedelta(days=4), START + timedelta(days=5)
    world.dues["notifications"] = [tuesday]
    world.dues["billing"] = [monday]
    # What Monday's work plans for Monday noon is done before Tuesday begins.
    world.then[monday] = ("notifications", monday + timedelta(hours=3))
    target = START + timedelta(days=7)
    assert await to(world, target) == 3
    assert world.stops == [monday, monday + timedelta(hours=3), tuesday, target]
    assert world.done == [
        ("billing", monday, monday),
        ("notifications", monday + timedelta(hours=3), monday + timedelta(hours=3)),
        ("notifications", tuesday, tuesday),
    ]


async def test_dues_less_than_a_minute_apart_are_few_steps(world):
    first = START + timedelta(days=1)
    world.dues["billing"] = [first + timedelta(seconds=n) for n in range(50)]
    world.dues["notifications"] = [first + timedelta(seconds=30)]
    await to(world, START + timedelta(days=2))
    assert len(world.done) == 51
    assert len(world.stops) <= 4


async def test_what_is_due_after_the_target_is_left_alone(world):
    world.dues["billing"] = [START + timedelta(days=2)]
    target = START + timedelta(days=1)
    assert await to(world, target) == 0
    assert world.stops == [target]
    assert world.done == []


async def test_it_waits_for_the_simulators_webhooks(world):
    world.webhooks = 5
    await to(world, START + timedelta(hours=1))
    assert world.webhooks == 0


async def test_the_first_setting_goes_anywhere_and_later_ones_never_back(world):
    world.set = False
    await to(world, START - timedelta(days=365))
    assert world.now == START - timedelta(days=365)
    with pytest.raises(Ends) as why:
        await to(world, START - timedelta(days=366))
    assert why.value.code == 1
    assert "only goes forward" in why.value.message


async def test_a_clock_that_is_away_is_exit_code_3():
    nowhere = f"http://127.0.0.1:{ports.free_port()}"
    with pytest.raises(Ends) as why:
        await jump(Addresses(nowhere, nowhere, {}), START, lambda *_: None)
    assert why.value.code == 3


async def test_each_of_many_stops_costs_few_looks_and_is_done_on_its_date(world):
    world.dues["billing"] = [START + timedelta(days=n + 1) for n in range(60)]
    assert await to(world, START + timedelta(days=90)) == 60
    assert [due for _, due, _ in world.done] == [now for _, _, now in world.done]
    assert world.looks["notifications"] <= 3 * 60 + 5
