import pytest

from tests.simulation.cluster import Cluster
from tests.simulation.seeds import EACH, all_happened, lives_through

FIRST = 1 + EACH


@pytest.mark.timeout(900)
def test_whole_courses_keep_the_invariants_whatever_befalls_them(cluster: Cluster) -> None:
    counts = lives_through(cluster, range(FIRST, FIRST + EACH))
    all_happened(counts)
