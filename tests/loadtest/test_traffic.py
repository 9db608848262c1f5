from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from central.grid.city import load_city
from central.grid.locate import Locator
from central.grid.polygons import load_grids
from messages import Alert, Phase, decode, encode
from placewatch.loadtest.city import place_id, shape_for, write_city
from placewatch.loadtest.traffic import Traffic, rate_at

NOW = datetime(2025, 11, 23, 4, 0, tzinfo=UTC)


def test_the_same_seed_speaks_the_same() -> None:
    one, two, other = (Traffic(320, seed) for seed in (7, 7, 8))
    first = [one.draw(NOW) for _ in range(500)]
    assert first == [two.draw(NOW) for _ in range(500)]
    assert first != [other.draw(NOW) for _ in range(500)]


def test_it_speaks_the_contract_and_every_episode_is_whole() -> None:
    traffic = Traffic(320, 3)
    spoken = [traffic.draw(NOW) for _ in range(3000)] + list(traffic.close_all(NOW))
    phases: dict[str, list[Phase]] = {}
    seqs: dict[int, list[int]] = {}
    for one in spoken:
        assert decode(encode(one.alert), Alert) == one.alert
        phases.setdefault(one.alert.data.alert_id, []).append(one.alert.type.phase)
        seqs.setdefault(one.box, []).append(one.alert.seq)
    assert len(phases) == traffic.episodes
    for each in phases.values():
        assert each[0] is Phase.OPENED
        assert each[-1] is Phase.CLOSED
        assert set(each[1:-1]) <= {Phase.UPDATED}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seqs.values())
    assert len({one.alert.id for one in spoken}) == len(spoken)


def test_some_cameras_are_far_busier() -> None:
    traffic = Traffic(1600, 3)
    busy = Counter(traffic.draw(NOW).box for _ in range(5000))
    assert sum(busy[box] for box in range(13)) > 0.4 * 5000


@pytest.mark.parametrize("burst", [1.0, 2.0, 5.0])
def test_bursts_keep_the_mean(burst: float) -> None:
    step = 0.01
    sent = sum(rate_at(n * step, 1000, burst=burst) * step for n in range(int(60 / step)))
    assert sent == pytest.approx(60_000, rel=0.01)


def test_every_place_of_the_city_has_a_grid_of_its_own(tmp_path: Path) -> None:
    shape = shape_for(4000)
    city_file, grids_file = write_city(tmp_path, shape)
    city = load_city(city_file)
    grids = load_grids(grids_file, city)
    locator = Locator(city, grids)
    found = {locator.locate(place_id(number)).grid for number in range(shape.places)}
    assert len(found) == shape.places
    assert all(one != two for one, two in pairwise(sorted(map(str, found))))
    assert (shape_for(100_000).counties, shape_for(100_000).towns, shape_for(100_000).villages) == (
        9,
        105,
        1388,
    )
