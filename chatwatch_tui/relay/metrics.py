"""What `/metrics` says. Read from the fan-out when it is asked for, so that the stream itself counts plain integers."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chatwatch_tui.relay.account import Refusal
from chatwatch_tui.relay.fanout import Fanout


class RelayCollector(Collector):
    """The endpoint's figures; conversations and viewers are counted, never named."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout

    def collect(self) -> Iterator[Metric]:
        """One scrape."""
        fanout, account = self._fanout, self._fanout.account
        waiting = [len(viewer.queue) for viewer in fanout.viewers()]
        for name, words, gauge in (
            ("viewers", "Streams that run", len(waiting)),
            ("conversations", "Conversations that somebody watches", fanout.conversations),
            ("queue_depth", "Events that wait for viewers, all together", sum(waiting)),
            ("queue_depth_max", "Events that wait for the slowest viewer", max(waiting, default=0)),
            ("nats_up", "Whether the link to NATS delivers", int(fanout.link_up)),
        ):
            yield GaugeMetricFamily(f"chatwatch_{name}", words, value=gauge)
        for name, words, count in (
            ("events_in", "Deliveries from NATS for watched conversations", account.events_in),
            ("events_out", "Events handed to viewers", account.events_out),
            ("events_dropped", "Events that slow viewers lost", account.dropped),
            ("nats_reconnects", "How often the link to NATS came back", account.reconnects),
        ):
            yield CounterMetricFamily(f"chatwatch_{name}", words, value=count)
        refused = CounterMetricFamily("chatwatch_refusals", "Requests that did not become a stream", labels=["reason"])
        for reason in Refusal:
            refused.add_metric([reason.value], account.refusals[reason])
        yield refused


def make_registry(fanout: Fanout) -> CollectorRegistry:
    """The endpoint's own registry: figures of other libraries in the process are none of its business."""
    registry = CollectorRegistry()
    registry.register(RelayCollector(fanout))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry
