"""The demo's MQTT broker: amqtt on this machine alone (``python -m placewatch.demo.broker --port PORT``).

A city runs Mosquitto or a cluster; this one is here so that a demo needs nothing but pip.
"""

import argparse
import asyncio
import logging
import signal
import sys

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig
from amqtt.errors import AMQTTError

from placewatch.demo.ports import HOST

_PLUGINS: dict[str, dict[str, object]] = {
    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
}


def config(port: int) -> BrokerConfig:
    """The broker's settings: plain TCP on the loopback address, nobody is asked who they are."""
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"{HOST}:{port}")},
        plugins=dict(_PLUGINS),
    )


async def serve(port: int) -> None:
    """Run the broker until SIGINT or SIGTERM.

    Raises:
        AMQTTError: The port is taken.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(config(port), loop=loop)
    await broker.start()
    sys.stdout.write(f"MQTT broker on {HOST}:{port}\n")
    await stop.wait()
    await broker.shutdown()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description="MQTT broker of the demo")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(serve(arguments.port))
    except (AMQTTError, OSError) as error:
        sys.stderr.write(f"error: broker: {error.__cause__ or error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
