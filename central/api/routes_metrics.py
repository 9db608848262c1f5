"""Figures of the whole centre for Prometheus, and whether it should be sent requests."""

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from central.api import queries_service
from central.api.acting import Acting, need
from central.api.desk import AtDesk, Desk
from central.api.schemas_service import Counts
from central.people.actor import Role
from placewatch import __version__

router = APIRouter(tags=["service"])

_COUNTERS = {
    "alerts_committed": "Distinct alerts taken in",
    "duplicates": "Alerts that were known already",
    "dead_letters": "Messages that could not be taken in",
}
_GAUGES = {
    "missing": "Sequence numbers that boxes used and that never came",
    "boxes": "Boxes that have ever spoken",
    "boxes_online": "Boxes whose last word was that they are there",
    "stream_position": "Number of the newest change of the feed",
}


class _Figures(Collector):
    """Reads everything when asked."""

    def __init__(self, desk: Desk, counts: Counts) -> None:
        self._desk = desk
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Every figure, named ``placewatch_central_*``."""
        counts, status = self._counts, self._desk.status
        for name, means in _COUNTERS.items():
            yield CounterMetricFamily(f"placewatch_central_{name}", means, value=getattr(counts, name))
        for name, means in _GAUGES.items():
            yield _gauge(name, means, getattr(counts, name))
        events = counts.events
        yield _gauge("events", "Events ever made", events.total)
        opened = GaugeMetricFamily("placewatch_central_events_open", "Open events", labels=["colour"])
        for colour, count in events.open_by_colour.items():
            opened.add_metric([str(colour)], count)
        yield opened
        yield _gauge("events_shown", "Events that a desk was ever shown", events.shown)
        yield _gauge("events_hidden", "Open events that others hide from the desk", events.hidden)
        ratio = counts.alerts_committed / events.shown if events.shown else 0.0
        yield _gauge("alerts_per_event", "Raw alerts to one event that a desk is shown", ratio)
        yield _gauge("broker_connected", "1 while the broker is there", int(status.connected))
        yield _gauge("database_stuck", "1 while alerts wait for the database", int(status.stuck))
        yield _gauge("waiting", "Messages in memory", status.waiting)
        yield _gauge("desks", "Desks that follow the stream", len(self._desk.hub))
        built = GaugeMetricFamily("placewatch_central_info", "Always 1", labels=["version"])
        built.add_metric([__version__], 1)
        yield built


def _gauge(name: str, means: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"placewatch_central_{name}", means, value=value)


@router.get("/metrics", include_in_schema=False)
def show_metrics(desk: AtDesk, actor: Acting) -> Response:
    """Figures of the whole city in Prometheus' text form, for a token that may see the whole of it."""
    need(desk, actor, desk.tables.city.root.id, *Role)
    with desk.reading() as connection:
        counts = queries_service.counts(connection)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(desk, counts))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


ready_router = APIRouter(tags=["service"])


@ready_router.get("/readyz", include_in_schema=False)
def show_ready(desk: AtDesk) -> Response:
    """204 while alerts are taken in; 503 while the broker or the database is away."""
    ready = desk.status.connected and not desk.status.stuck
    return Response(status_code=HTTPStatus.NO_CONTENT if ready else HTTPStatus.SERVICE_UNAVAILABLE)
