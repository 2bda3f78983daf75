"""What an offered seat comes to is shown before it is taken: the price, and what is asked since."""

from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_prices import ALL, BY_CODE


def usd(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "USD"}


async def test_a_price_that_was_asked_for_is_shown_until_it_is_not_given_any_more(stage: Stage):
    await stage.publish(prices=ALL, capacity=1)
    first = (await stage.register("Zoe")).json()["registration_id"]
    waiting = (await stage.register("Ada", **BY_CODE)).json()["registration_id"]
    assert (await stage.shown(waiting))["offer"] is None
    await stage.act(stage.holder(first), first, "cancel")
    offer = (await stage.shown(waiting))["offer"]
    assert offer == {
        "price": usd(9900), "price_today": usd(16900), "prerequisites_missing": [],
    }  # fmt: skip
    await stage.fetch("UPDATE price_codes SET used = most RETURNING used")  # by somebody else
    assert (await stage.shown(waiting))["offer"] == {
        "price": None, "price_today": usd(16900), "prerequisites_missing": [],
    }  # fmt: skip
    accept = {"disclosure_version": "2020-09-01", "price": {}}
    taken = await stage.act(stage.holder(waiting), waiting, "accept-offer", accept)
    assert taken.json()["price"] == usd(16900)
    assert (await stage.shown(waiting))["offer"] is None


async def test_the_list_price_and_a_course_asked_for_since_are_shown(stage: Stage):
    await stage.publish(capacity=1)
    first = (await stage.register("Zoe")).json()["registration_id"]
    waiting = (await stage.register("Ada")).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    await stage.publish(prerequisites=["basics"], capacity=1, price=usd(21900))
    assert (await stage.shown(waiting))["offer"] == {
        "price": usd(21900), "price_today": usd(21900), "prerequisites_missing": ["basics"],
    }  # fmt: skip
