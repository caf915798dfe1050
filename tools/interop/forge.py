"""Forged packets on the wire of a tunnel that is up, made by scapy: nothing they say is believed, by either side, and each is counted.

They are put on the wire from the other end's namespace, with its addresses; cookies, SPIs and packets to play back are taken
from what went over the wire before.
"""
import os
import socket
import struct
import threading
import time

from ours import WIRE
from pairing import Pairing, require_equal
from suite import OURS4, PEER4, named
from wire import Failed, Skipped, until

EACH = 20       # forged packets of a kind
ETH_P_ALL = 3
INFORMATIONAL, ESP, ISAKMP = 5, 3, 1
ESP_PROTO = 50
DELETE, NOTIFY = 12, 11
INVALID_SPI, INITIAL_CONTACT = 11, 24578


def _scapy():
    try:
        import logging
        logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
        from scapy.layers.inet import IP, UDP
        from scapy.layers.l2 import Ether
        from scapy.packet import Raw
    except ImportError:
        raise Skipped("scapy (python3-scapy) is not installed") from None
    return Ether, IP, UDP, Raw


class Wire:
    """All frames of a wire, and a way to put more onto it at either end."""

    def __init__(self, p):
        self.Ether, self.IP, self.UDP, self.Raw = _scapy()
        self.natt = p.suite.natt
        self.ends = {}
        for end, place in (("ours", p.peer_place), ("theirs", p.router_place)):    # a frame to our router is sent where the peer is
            s = place.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            s.bind((WIRE, 0))
            self.ends[end] = s
        self.frames, self.seen, self.models, self.running = [], [], {}, True
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        s = self.ends["theirs"]
        s.settimeout(0.2)
        while self.running:
            try:
                self.frames.append(s.recv(65535))
            except OSError:
                pass

    def stop(self):
        self.running = False
        self.thread.join()
        for s in self.ends.values():
            s.close()

    def packets(self, source):
        """UDP 500 and 4500 and protocol 50 that came from an address, parsed."""
        while len(self.seen) < len(self.frames):
            self.seen.append(self.Ether(self.frames[len(self.seen)]))
        return [e for e in self.seen if e.haslayer(self.IP) and e[self.IP].src == source and
                (e[self.IP].proto == ESP_PROTO or e.haslayer(self.UDP) and e[self.UDP].dport in (500, 4500))]

    def payload(self, e):
        return bytes(e[self.IP].payload if e[self.IP].proto == ESP_PROTO else e[self.UDP].payload)

    def ike(self, source):
        """IKE messages, the marker of port 4500 taken off."""
        both = [(e[self.UDP].dport, self.payload(e)) for e in self.packets(source) if e[self.IP].proto != ESP_PROTO]
        return [b[4:] if port == 4500 else b for port, b in both if port == 500 or b[:4] == bytes(4)]

    def esp(self, source):
        return [e for e in self.packets(source) if len(self.payload(e)) > 8 and
                (e[self.IP].proto == ESP_PROTO or e[self.UDP].dport == 4500 and self.payload(e)[:4] != bytes(4))]

    def cookies(self):
        """Of the newest IKE SA that both ends have spoken by."""
        return next(m[:16] for m in reversed(self.ike(PEER4)) if m[8:16] != bytes(8))

    def send(self, to, data, kind):
        """A packet to "ours" or "theirs", with the other's addresses: of protocol 50, or a datagram as both ends send them."""
        source, target = (PEER4, OURS4) if to == "ours" else (OURS4, PEER4)
        if to not in self.models:
            self.models[to] = self.packets(source)[-1]
        model = self.models[to]
        packet = self.Ether(src=model.src, dst=model.dst) / self.IP(src=source, dst=target)
        if kind == "esp" and not self.natt:
            packet[self.IP].proto = ESP_PROTO
            self.ends[to].send(bytes(packet / self.Raw(data)))
            return
        port = 4500 if self.natt else 500
        packet = packet / self.UDP(sport=port, dport=port) / self.Raw(bytes(4) + data if kind == "ike" and self.natt else data)
        packet[self.UDP].chksum = 0
        self.ends[to].send(bytes(packet))


def message(cookies, payload, body, mid=None):
    mid = mid or struct.unpack("!I", os.urandom(4))[0]
    return cookies + struct.pack("!BBBB", payload, 0x10, INFORMATIONAL, 0) + struct.pack("!II", mid, 28 + len(body)) + body


def notify(cookies, kind, spi, proto):
    return message(cookies, NOTIFY, struct.pack("!BBHIBBH", 0, 0, 12 + len(spi), 1, proto, len(spi), kind) + spi)


def delete(cookies, spi, proto):
    return message(cookies, DELETE, struct.pack("!BBHIBBH", 0, 0, 12 + len(spi), 1, proto, len(spi), 1) + spi)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def ahead(data, by):
    """The same with a sequence number of the future."""
    spi, seq = struct.unpack("!II", data[:8])
    return struct.pack("!II", spi, seq + by) + data[8:]


def kinds(w, to, live_spi):
    """Name, packets, what they are."""
    source = PEER4 if to == "ours" else OURS4
    live, dead = w.cookies(), os.urandom(16)
    spi = struct.pack("!I", live_spi)
    esp = [w.payload(e) for e in w.esp(source) if w.payload(e)[:4] == spi][-EACH:]
    for word, cookies in (("live", live), ("dead", dead)):
        yield f"INVALID-SPI, {word} cookies", [notify(cookies, INVALID_SPI, spi, ESP) for _ in range(EACH)], "ike"
        yield f"DELETE of IPsec SAs, {word} cookies", [delete(cookies, spi, ESP) for _ in range(EACH)], "ike"
        yield f"DELETE of the IKE SA, {word} cookies", [delete(cookies, cookies, ISAKMP) for _ in range(EACH)], "ike"
        yield f"INITIAL-CONTACT, {word} cookies", [notify(cookies, INITIAL_CONTACT, cookies, ISAKMP) for _ in range(EACH)], "ike"
    yield "ESP with random SPIs", [os.urandom(4) + struct.pack("!I", 1) + os.urandom(96) for _ in range(EACH)], "esp"
    yield "ESP played back", esp, "esp"
    yield "ESP with a bit flipped", [flipped(ahead(d, 5000), 8 + i % (len(d) - 8)) for i, d in enumerate(esp)], "esp"


COMMANDS = ("show crypto isakmp statistics", "show crypto datapath ipv4 snapshot")
# What counts traffic and questions, and not what was refused.
NO_NEWS = ("accepted", "received", "sent", "esp in ok", "esp out ok", "not esp or ah")


def _state(p):
    return sorted(p.router.sas()), p.router.ike_up(), sorted(p.peer.sas()), p.peer.ike_count()


def _counted(before, after):
    """How many more, by name, of what is refused."""
    more = {k: after[k] - before.get(k, 0) for k in after if after[k] != before.get(k, 0)}
    return {k: n for k, n in more.items() if not any(k.endswith(w) for w in NO_NEWS)}


def forged(box, args, tools, peer, name):
    rows = []
    p = Pairing(box, args.inspire, tools, peer, named(name), "initiator")
    w = Wire(p)
    try:
        p.begin()
        p.establish()
        until("both ends hold the same SAs", p.agree, 20)
        require_equal("pings", p.reach(EACH), EACH)
        into, out = p.router.sas()[0]
        for to in ("ours", "theirs"):
            for what, packets, kind in kinds(w, to, into if to == "ours" else out):
                rows.append(_one(p, w, to, what, packets, kind))
        require_equal("pings after all of it", p.reach(5), 5)
        rows.append({"check": "traffic passes after all of it", "result": "ok"})
        rows[0]["version"] = p.peer.version()
    except Failed as e:
        rows.append({"check": "forged packets", "result": "failed", "why": str(e), "evidence": p.evidence()})
    finally:
        w.stop()
    p.end()
    return rows


def _one(p, w, to, name, packets, kind):
    row = {"check": f"{'to us' if to == 'ours' else 'to the peer'}: {name}", "result": "ok"}
    state, before, drops = _state(p), p.router.numbers(*COMMANDS), p.peer.drops()
    for packet in packets:
        w.send(to, packet, kind)
        time.sleep(0.005)
    time.sleep(0.5)
    if _state(p) != state:
        row.update(result="failed", why=f"SAs were {state}, are {_state(p)}")
    elif to == "theirs" and kind == "esp" and drops is not None:
        more = {k: n - drops.get(k, 0) for k, n in p.peer.drops().items()}
        if len(packets) not in more.values():
            row.update(result="failed", why=f"{len(packets)} were sent, the kernel counted {more}")
        else:
            row["note"] = " counted: " + ", ".join(k for k, n in more.items() if n == len(packets))
    elif to == "ours":
        more = _counted(before, p.router.numbers(*COMMANDS))
        if len(packets) not in more.values():
            row.update(result="failed", why=f"{len(packets)} were sent, counted are {more}")
        else:
            row["note"] = " counted: " + ", ".join(k for k, n in more.items() if n == len(packets))
    return row
