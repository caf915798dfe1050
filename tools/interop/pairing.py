"""A pairing: our router, a host behind it, and a foreign peer on the other end of a wire.

	host ---- lan0 router wire0 ---- wire0 peer (and PEER_HOST behind or in it)
"""
import os

import traffic
from ours import INSIDE, Router
from ours import WIRE as OUR_WIRE
from peer import WIRE, find
from suite import GATEWAY, GATEWAY6, HOST, HOST6, PEER4, PEER6
from wire import Failed, Skipped, run, until


class Pairing:
    """Built within a Sandbox; begin() starts both ends, nothing is negotiated yet."""

    def __init__(self, box, inspire, tools, peer, suite, role):
        kind = find(peer)
        self.box, self.suite, self.role = box, kind.fit(suite), role
        for package in kind.packages:
            said = run(f"{tools}/peers.sh", "path", package, check=False).strip()
            if said.startswith("peers:"):
                raise Skipped(said.removeprefix("peers: "))
        self.router_place, self.lan, self.peer_place = (box.place(word) for word in "rhp")
        box.wire(self.router_place, OUR_WIRE, self.peer_place, WIRE)
        box.wire(self.router_place, INSIDE, self.lan, "lan0")
        for device in (OUR_WIRE, INSIDE):
            self.router_place.no_ip(device)
        if kind.raw:
            self.router_place.finish(OUR_WIRE)
        self.lan.address("lan0", f"{HOST}/24", f"{HOST6}/64")
        self.lan.ip("route", "add", "default", "via", GATEWAY)
        self.lan.ip("-6", "route", "add", "default", "via", GATEWAY6)
        self.peer_place.address(WIRE, f"{PEER4}/24", f"{PEER6}/64")
        files = {}
        for end in ("router", "peer"):
            files[end] = f"{box.dir}/{end}"
            os.mkdir(files[end])
        self.router = Router(inspire, self.router_place, files["router"])
        self.peer = kind(box, self.peer_place, files["peer"], tools)
        self.peer.prepare()
        self.ends = None
        self.patience = 75 if self.suite.tunnelled else 40      # a tunnel of ours whose SAs we took asks again within a minute
        self.times = 2          # that SAs are renewed in a check

    def begin(self, recipe=None):
        self.peer.configure(self.suite, recipe)
        self.start_router()
        self.peer.start()
        if self.ends is None:
            self.ends = self.more_ends(7000)

    def start_router(self):
        self.router.start(self.suite)
        if self.suite.auth == "rsa":
            import enrol
            enrol.enrol(self.router, self.box.dir, self.peer.tools)

    def more_ends(self, port):
        return traffic.Ends(self.lan, self.peer.host, port, here=self.suite.host, there=self.suite.peer_host)

    def reach(self, count=1, limit=2.0):
        """Echo requests from the LAN to the peer's side, answered ones of count."""
        return traffic.ping(self.lan, self.suite.host, self.suite.peer_host, count, limit=limit)

    def up(self):
        return self.router.up() and self.peer.up()

    def establish(self, limit=None):
        """By the one whose role it is; waits until both ends say that SAs are there and a packet came through."""
        limit = limit or self.patience
        if self.role == "initiator":
            # A VTI whose SAs were cleared asks when its round comes, of 60 s.
            until("a packet through a tunnel that our router begins", lambda: self.reach(limit=1.0), max(limit, 75) if self.suite.vti else limit)
        else:
            until("the peer says that its SAs are up", self.peer.initiate, limit)
        until("both ends hold SAs", self.up, limit)
        until("a packet through the tunnel", lambda: self.reach(limit=1.0), limit)

    def gone(self, limit=10):
        until("neither end holds an IPsec SA", lambda: not self.router.sas() and not self.peer.sas(), limit)

    def agree(self):
        """Does each end hold what the other end holds?  One of them may still have what the other has lost: not all are told."""
        ours, theirs = {(o, i) for i, o in self.router.sas()}, set(self.peer.sas())
        both = ours & theirs
        return bool(both) and both in (ours, theirs)

    def end(self):
        if self.ends is not None:
            self.ends.close()
            self.ends = None
        self.peer.stop()
        self.router.stop()

    def evidence(self):
        """The ends of both logs, and what both ends' datapaths have dropped, for what failed."""
        said = []
        for what, ask in (("our router said", lambda: self.router.said()[-4000:]), ("our SAs", lambda: self.router.sas()), ("the peer's", lambda: (self.peer.sas(), self.peer.inbound())), ("the peer said", lambda: "\n".join(line for line in self.peer.log().splitlines() if "parsed ESP header" not in line)[-6000:]),
                          ("our router dropped", lambda: self.router.show("show crypto datapath ipv4 snapshot")),
                          ("the peer dropped", lambda: str(self.peer.dropped()))):
            try:
                said.append(f"{what}:\n{ask()}")
            except Exception as e:
                said.append(f"{what}: {e!r}")
        return "\n".join(said)


def require_equal(what, a, b):
    if a != b:
        raise Failed(f"{what}: {a} and {b}")
