"""At most so many in so many seconds, for each key."""

import pytest

from shared.runtime.rate_limit import RateLimit, asker


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2606:4700:1:2:3:4:5:6", "2606:4700:1:2::/64"),
        ("2606:4700:1:2:ffff::1", "2606:4700:1:2::/64"),
        ("2606:4700:1:3::1", "2606:4700:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_machine_of_ipv6_is_one_however_many_addresses_it_has(address, who):
    assert asker(address) == who


def test_one_more_than_allowed_waits_until_the_first_is_old_enough():
    limit = RateLimit(most=2, seconds=10)
    assert [limit.allows("ada", at) for at in (0, 4, 9.9)] == [True, True, False]
    assert limit.allows("ada", 10)  # the one of 0 s is ten seconds old
    assert not limit.allows("ada", 13.9)


def test_what_was_refused_does_not_count():
    limit = RateLimit(most=1, seconds=10)
    assert [limit.allows("ada", at) for at in (0, 5, 9, 10)] == [True, False, False, True]


def test_keys_do_not_know_of_one_another():
    limit = RateLimit(most=1, seconds=10)
    assert [limit.allows(key, 0) for key in ("ada", "bob", "ada")] == [True, True, False]


def test_beyond_what_is_remembered_the_key_used_longest_ago_is_forgotten():
    limit = RateLimit(most=1, seconds=10, remembered=2)
    for key in ("ada", "bob", "cyd"):
        assert limit.allows(key, 0)
    assert not limit.allows("bob", 1)
    assert limit.allows("ada", 1)  # forgotten when cyd came


def test_whether_it_is_full_can_be_asked_without_counting():
    limit = RateLimit(most=2, seconds=10)
    assert [limit.is_full("ada", 0) for _ in range(3)] == [False] * 3
    assert (limit.allows("ada", 0), limit.is_full("ada", 1)) == (True, False)
    assert (limit.allows("ada", 5), limit.is_full("ada", 9.9)) == (True, True)
    assert not limit.is_full("ada", 10)
    assert not limit.is_full("bob", 9)


def test_who_is_refused_is_told_how_long():
    limit = RateLimit(2, 60)
    assert limit.wait("a", 0) == 0
    assert [limit.allows("a", at) for at in (0, 10.5, 20)] == [True, True, False]
    assert limit.wait("a", 20) == 40
    assert limit.wait("a", 59.9) == 1
    assert (limit.wait("a", 60), limit.allows("a", 60)) == (0, True)
    assert limit.wait("a", 60) == 11, "the one of 10.5 is the next to go"
    assert limit.wait("b", 60) == 0


def test_a_key_may_have_a_bound_of_its_own():
    limit = RateLimit(1, 60)
    assert [limit.allows("a", at, most=3) for at in range(4)] == [True, True, True, False]
    assert limit.wait("a", 4, most=3) == 56
    assert limit.wait("a", 4) == 58, "by the usual bound the last one has to go, too"
    assert limit.wait("a", 4, most=4) == 0
