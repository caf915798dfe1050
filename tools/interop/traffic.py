"""Packets between the two inner sides: pings, a thousand datagrams, and a stream that measures an outage.

All sockets are made in their namespaces by this one process, so both ends have one clock.
"""
import os
import select
import socket
import struct
import threading
import time

from wire import Failed


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping(place, source, target, count=5, size=56, limit=2.0):
    """Answered echo requests from a namespace, of count."""
    six = ":" in source
    family, proto = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    request, answered, header = (128, 129, 0) if six else (8, 0, 20)
    with place.socket(family, socket.SOCK_RAW, proto) as s:
        s.bind((source, 0))
        ident, got = os.getpid() & 0xffff, 0
        for seq in range(count):
            head = struct.pack("!BBHHH", request, 0, 0, ident, seq)
            body = bytes(size)
            if not six:             # of ICMPv6 the system makes the sum
                head = struct.pack("!BBHHH", request, 0, _checksum(head + body), ident, seq)
            try:
                s.sendto(head + body, (target, 0))
            except OSError:
                continue
            end = time.monotonic() + limit
            while time.monotonic() < end:
                if not select.select([s], [], [], max(0, end - time.monotonic()))[0]:
                    break
                answer = s.recv(65535)[header:]
                if answer[0] == answered and struct.unpack("!HH", answer[4:8]) == (ident, seq):
                    got += 1
                    break
        return got


class Ends:
    """A UDP socket at each inner side: `ours` in the LAN behind our router, `theirs` behind the peer."""

    def __init__(self, lan, peer_host, port, here, there):
        family = socket.AF_INET6 if ":" in here else socket.AF_INET
        self.ours = lan.socket(family, socket.SOCK_DGRAM)
        self.theirs = peer_host.socket(family, socket.SOCK_DGRAM)
        for s, address in ((self.ours, here), (self.theirs, there)):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.bind((address, port))
            s.setblocking(False)
        self.to = {self.ours: (there, port), self.theirs: (here, port)}
        self.other = {self.ours: self.theirs, self.theirs: self.ours}

    def close(self):
        self.ours.close()
        self.theirs.close()

    def send(self, s, data):
        """False if the system would not take it: a peer without SAs may have no route."""
        try:
            s.sendto(data, self.to[s])
            return True
        except OSError:
            return False

    def drain(self, s):
        got = []
        while True:
            try:
                got.append(s.recv(65535))
            except OSError:
                return got


def thousand(ends, count=1000, size=200, pace=0.001):
    """Datagrams both ways at once; gives how many arrived at (theirs, ours).  Numbers in them tell doubles from arrivals."""
    got = {ends.ours: set(), ends.theirs: set()}

    def collect():
        for s, numbers in got.items():
            for data in ends.drain(s):
                numbers.add(struct.unpack("!Q", data[:8])[0])

    tag = int.from_bytes(os.urandom(4), "big") << 32
    for n in range(count):
        for s in got:
            ends.send(s, struct.pack("!Q", tag | n) + bytes(size - 8))
        time.sleep(pace)
        if n % 16 == 0:
            collect()
    end = time.monotonic() + 3
    while time.monotonic() < end and any(len([n for n in v if n & ~0xffffffff == tag]) < count for v in got.values()):
        time.sleep(0.02)
        collect()
    mine = {s: len([n for n in v if n & ~0xffffffff == tag]) for s, v in got.items()}
    return mine[ends.theirs], mine[ends.ours]


class Stream:
    """A datagram each 20 ms in a thread until stop(): both ways, or only "in" to us or "out" to the peer.
    With another size and pace, and so many and no more, it can nearly fill a lifetime in kilobytes."""

    def __init__(self, ends, pace=0.02, size=100, ways="both", many=None):
        self.ends, self.pace, self.size, self.many = ends, pace, size, many
        self.senders = {"both": [ends.ours, ends.theirs], "in": [ends.theirs], "out": [ends.ours]}[ways]
        self.sent = {ends.ours: [], ends.theirs: []}        # times
        self.arrived = {ends.ours: {}, ends.theirs: {}}     # at that end: number -> time
        self.tag = int.from_bytes(os.urandom(4), "big")
        self.held = False       # nothing is sent for a moment; what would have been counts as lost
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _collect(self):
        now = time.monotonic()
        for s, numbers in self.arrived.items():
            for data in self.ends.drain(s):
                tag, n = struct.unpack("!II", data[:8])
                if tag == self.tag:
                    numbers.setdefault(n, now)

    def _run(self):
        n, due = 0, time.monotonic()
        sockets = list(self.arrived)
        while self.running:
            for s in self.senders if self.many is None or n < self.many else ():
                self.sent[s].append(time.monotonic())
                if self.held:
                    continue
                self.ends.send(s, struct.pack("!II", self.tag, n) + bytes(self.size - 8))
            n += 1
            due = max(due + self.pace, time.monotonic() - 0.5)
            while time.monotonic() < due:
                select.select(sockets, [], [], max(0, due - time.monotonic()))
                self._collect()

    def stop(self, linger=1.0):
        self.running = False
        self.thread.join()
        end = time.monotonic() + linger
        while time.monotonic() < end:
            time.sleep(0.02)
            self._collect()
        return self

    def flowing(self, since, many=5):
        """Have the last few, sent after a moment, come through both ways?"""
        for sender in self.senders:
            times = self.sent[sender]
            fresh = [n for n in list(self.arrived[self.ends.other[sender]]) if times[n] > since]
            if len(fresh) < many:
                return False
        return True

    def lost(self):
        """Of those sent, (ours to theirs, theirs to ours) that never arrived."""
        e = self.ends
        return (len(self.sent[e.ours]) - len(self.arrived[e.theirs]), len(self.sent[e.theirs]) - len(self.arrived[e.ours]))

    def missing(self):
        """Who sent what never arrived, and when, in seconds before now."""
        e, now = self.ends, time.monotonic()
        return [(way, [round(now - t, 3) for n, t in enumerate(self.sent[s]) if n not in self.arrived[e.other[s]]][:20])
                for way, s in (("to the peer", e.ours), ("to us", e.theirs))]

    def outage(self, since=0.0):
        """The longest time between two sent one after the other of those that arrived, less the pace; one number each way."""
        worst = []
        for sender in self.senders:
            times = self.sent[sender]
            went = sorted(times[n] for n in self.arrived[self.ends.other[sender]])
            went = [t for t in went if t >= since - 1]
            gaps = [b - a - self.pace for a, b in zip(went, went[1:])]
            worst.append(max([0.0, *gaps]) if went else float("inf"))
        return tuple(worst)


def await_flow(stream, limit, since=None):
    """Until packets sent from now on come through both ways again; Failed after limit seconds."""
    since = time.monotonic() if since is None else since
    end = time.monotonic() + limit
    while not stream.flowing(since):
        if time.monotonic() > end:
            raise Failed(f"traffic has not come back within {limit} s")
        time.sleep(0.02)
