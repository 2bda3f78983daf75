from pathlib import Path

import pytest

from tests.simulation.cluster import Cluster
from tests.simulation.seeds import EACH, all_happened, lives_through

FIRST = 1 + EACH


@pytest.mark.timeout(1800)  # two minutes, where little else runs
def test_whole_courses_keep_the_invariants_whatever_befalls_them(
    cluster: Cluster, counted: Path
) -> None:
    counts = lives_through(cluster, range(FIRST, FIRST + EACH))
    all_happened(counted, FIRST, counts)
