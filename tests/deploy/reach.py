"""Who reaches whom by the rules of a network, as Kubernetes reads them (NetworkPolicy v1).

A pod that a rule of a direction selects may do in it what some such rule allows, and nothing else.
Only what the charts use is understood; anything else raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

NAMED = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Place:
    """A pod by its labels and its namespace, or an address."""

    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""
    address: str = ""


class Network:
    """All rules of one namespace."""

    def __init__(self, objects: list[dict[str, Any]], namespace: str) -> None:
        self.namespace = namespace
        self.rules = [one["spec"] for one in objects if one["kind"] == "NetworkPolicy"]

    def lets(self, source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
        """Whether a connection is let out where it begins and in where it ends."""
        out = self._may(source, target, "Egress", "to", port, protocol)
        return out and self._may(target, source, "Ingress", "from", port, protocol)

    def _may(self, one: Place, other: Place, way: str, side: str, port: int, protocol: str) -> bool:
        if one.namespace != self.namespace:
            return True  # other rules than these are for it
        of_it = [
            rule
            for rule in self.rules
            if way in rule["policyTypes"] and _selected(rule["podSelector"], one)
        ]
        allowed = [each for rule in of_it for each in rule.get(way.lower(), [])]
        return not of_it or any(
            self._is_among(each.get(side), other) and _through(each.get("ports"), port, protocol)
            for each in allowed
        )

    def _is_among(self, peers: list[dict[str, Any]] | None, other: Place) -> bool:
        return peers is None or any(self._is(peer, other) for peer in peers)

    def _is(self, peer: Mapping[str, Any], other: Place) -> bool:
        unknown = set(peer) - {"ipBlock", "namespaceSelector", "podSelector"}
        assert not unknown, unknown
        if block := peer.get("ipBlock"):
            if not other.address:
                return False
            at = ip_address(other.address)
            within = at in ip_network(block["cidr"])
            return within and not any(at in ip_network(one) for one in block.get("except", []))
        if other.address:
            return False
        spaces = peer.get("namespaceSelector")
        there = other.namespace == self.namespace
        if spaces is not None:
            assert set(spaces) == {"matchLabels"}
            there = spaces["matchLabels"] == {NAMED: other.namespace}
        return there and _selected(peer.get("podSelector", {}), other)


def _selected(selector: Mapping[str, Any], pod: Place) -> bool:
    assert set(selector) <= {"matchLabels"}, selector
    return selector.get("matchLabels", {}).items() <= dict(pod.labels).items()


def _through(ports: list[dict[str, Any]] | None, port: int, protocol: str) -> bool:
    return ports is None or {"protocol": protocol, "port": port} in ports
