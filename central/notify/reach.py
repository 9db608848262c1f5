"""Where channels may lead: public addresses, and what the configuration allows besides.

Whoever sets up a channel could otherwise let this server ask whatever it can reach (server-side request
forgery): the database beside it, a router's page, a cloud's metadata service.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutOfReachError(Exception):
    """An address that channels may not lead to, or a name that leads nowhere."""


def resolve(host: str, port: int) -> list[Address]:
    """Addresses of a name.

    Raises:
        OSError: It has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """The rule.

    Attributes:
        allow: Host names, addresses and networks besides public ones.
        resolve: Addresses of a name.
    """

    allow: tuple[str, ...] = ()
    resolve: Callable[[str, int], Iterable[Address]] = field(default=resolve)

    def address(self, host: str, port: int) -> str:
        """The one address to connect to: checked here, so that the name cannot mean another one afterwards.

        Raises:
            OutOfReachError: There is none, or one of its addresses is not allowed.
        """
        try:
            found = list(self.resolve(host, port))
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"{host} has no address: {reason}"
            raise OutOfReachError(msg) from error
        if not found:
            msg = f"{host} has no address"
            raise OutOfReachError(msg)
        if host.lower() not in self.allow:
            for address in found:
                if not self._allowed(address):
                    msg = (
                        f"{host} leads to {address}, which is not a public address; "
                        "if that is meant, add it to notify.allow in the centre's configuration"
                    )
                    raise OutOfReachError(msg)
        return str(found[0])

    def _allowed(self, address: Address) -> bool:
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if address.is_global and not address.is_multicast:
            return True
        return any(address in network for network in self._networks() if network.version == address.version)

    def _networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        networks = []
        for entry in self.allow:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                continue  # a host name
        return networks
