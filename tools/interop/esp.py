"""What only packets on the wire tell of ESP: sizes, fragments, path MTU, fields of the outer header, replays and forgeries.

The checks go between our datapath and a kernel's, so each looks at both ends; a peer names them in its `more_checks`.
"""
import os
import re
import select
import shutil
import socket
import struct
import time

from ours import WIRE
from traffic import thousand
from wire import Failed, Skipped, run, until

ETH_P_ALL = 3
ESP, AH, UDP = 50, 51, 17
# Of IPv4 and of IPv6: level, type of service, that it be told, path MTU discovery, path MTU, headers before a datagram's data
OPTIONS = {4: (socket.IPPROTO_IP, 1, 13, 10, 14, 28), 6: (socket.IPPROTO_IPV6, 67, 66, 23, 24, 48)}
DONT, DO = 0, 2


def _equal(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got}, not {wanted}")


class Tap:
    """Whole frames at one end of the wire; those sent here come out at the other end."""

    def __init__(self, place, device=WIRE):
        self.socket = place.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(ETH_P_ALL))
        self.socket.bind((device, ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def frames(self):
        got = []
        while True:
            try:
                got.append(self.socket.recv(65535))
            except BlockingIOError:
                return got

    def sealed(self, *sources):
        """ESP packets so far, raw or in UDP, by the addresses that they are from."""
        got = [f for f in self.frames() if _esp_at(f)]
        return [[f for f in got if _source(f) == source] for source in sources]

    def send(self, frame):
        self.socket.send(frame)


def _esp_at(frame):
    """Where the SPI stands in an Ethernet frame of IPv4 or IPv6, or 0."""
    if frame[12:14] == b"\x86\xdd":
        if len(frame) > 70 and frame[20] == UDP and 4500 in struct.unpack("!HH", frame[54:58]):
            return 62 if frame[62:66] != bytes(4) else 0
        return (54 if frame[20] == ESP else 58) if len(frame) > 66 and frame[20] in (ESP, AH) else 0
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[20] & 0x3f or frame[21]:
        return 0
    at = 14 + (frame[14] & 15) * 4
    if frame[23] == UDP and 4500 in struct.unpack("!HH", frame[at:at + 4]):
        at += 8
        return at if len(frame) >= at + 8 and frame[at:at + 4] != bytes(4) else 0
    return at if frame[23] == ESP else at + 4 if frame[23] == AH else 0


def _is6(frame):
    return frame[12:14] == b"\x86\xdd"


def _source(frame):
    return socket.inet_ntop(socket.AF_INET6, frame[22:38]) if _is6(frame) else socket.inet_ntoa(frame[26:30])


def _tos(frame):
    return (frame[14] & 15) << 4 | frame[15] >> 4 if _is6(frame) else frame[15]


def _pair(p, discover=DONT):
    """Two sockets with addresses of the inner sides, and where each sends to."""
    ends = p.more_ends(7002)
    level, _, _, option, _, _ = OPTIONS[p.suite.inner]
    for s in (ends.ours, ends.theirs):
        s.setsockopt(level, option, discover)
    return ends


def _pattern(size):
    return struct.pack("!I", size) + bytes((size * 7 + i * 31) & 0xff for i in range(size - 4))


def sizes(p):
    """Each length from 4 bytes to two fragments' arrives as it was sent, both ways: padding, fragments before and after ESP."""
    ends = _pair(p)
    todo = [*range(4, 1600), *range(1600, 9000, 371), 20000, 40000, 60000]
    try:
        for s in (ends.ours, ends.theirs):
            got = {}
            # A busy machine may lose one: that is not what is looked for, so it is sent again.
            for _ in range(4):
                for i, size in enumerate(n for n in todo if n not in got):
                    ends.send(s, _pattern(size))
                    if i % 8 == 0 or size > 1600:
                        select.select([ends.other[s]], [], [], 0.05 if size > 1600 else 0.01)
                        got.update((len(d), d) for d in ends.drain(ends.other[s]))
                end = time.monotonic() + 2
                while len(got) < len(todo) and time.monotonic() < end:
                    select.select([ends.other[s]], [], [], 0.1)
                    got.update((len(d), d) for d in ends.drain(ends.other[s]))
            wrong = [size for size in todo if got.get(size) != _pattern(size)]
            _equal("lengths that arrived otherwise", wrong, [])
    finally:
        ends.close()


def path_mtu(p):
    """Who sends with "don't fragment" is told how much fits, and that much arrives."""
    level, _, _, _, option, headers = OPTIONS[p.suite.inner]
    for ours in (True, False):
        ends = _pair(p, DO)
        s = ends.ours if ours else ends.theirs
        try:
            s.connect(ends.to[s])

            def sent(size):
                """A socket that was told meanwhile says so once."""
                try:
                    return s.send(bytes(size)) == size
                except OSError:
                    return False

            until("a path MTU less than 1500 is told", lambda: (sent(1500 - headers), s.getsockopt(level, option) < 1500)[1],
                  5, pause=0.2)
            mtu = s.getsockopt(level, option)
            if not 1350 < mtu < 1480:
                raise Failed(f"a path MTU of {mtu} is told")
            until(f"a datagram of the path MTU, {mtu}", lambda: sent(mtu - headers) and
                  any(len(d) == mtu - headers for d in ends.drain(ends.other[s])), 5)
        finally:
            ends.close()


def outer_tos(p):
    """DSCP and ECN of the inner header are on the outer one, and the inner one arrives as it was."""
    ends = _pair(p)
    level, option, told, _, _, _ = OPTIONS[p.suite.inner]
    try:
        with Tap(p.router_place) as tap:
            for s, source in ((ends.ours, p.suite.ours), (ends.theirs, p.suite.peer)):
                to = ends.other[s]
                to.setsockopt(level, told, 1)
                to.setblocking(True)
                to.settimeout(3)
                for n, tos in enumerate((0, 0xb8, 0x28, 0x02, 0xb9, 0)):
                    s.setsockopt(level, option, tos)
                    text = _pattern(100 + n)
                    tap.frames()
                    ends.send(s, text)
                    while True:
                        data, more = to.recvmsg(2000, 64)[:2]
                        if data == text:
                            break
                    inner = more[0][2][0]
                    # A kernel may clear the ECN bits that a socket asks for; what it sent is what arrived.
                    _equal(f"DSCP 0x{tos & 0xfc:02x} from {source}, arrived", inner & 0xfc, tos & 0xfc)
                    seen = [_tos(f) for f in tap.sealed(source)[0]]
                    _equal(f"type of service outside, of 0x{inner:02x} from {source}", seen[-1:], [inner])
    finally:
        ends.close()


def _detail(p, words):
    text = p.router.show("show crypto ipsec sa detail")
    return sum(int(n) for n in re.findall(rf"#pkts {re.escape(words)}:? (\d+)", text))


def replayed(p):
    """Packets sent twice are opened once, at both ends, and counted."""
    with Tap(p.router_place) as here, Tap(p.peer_place, "wire0") as there:
        thousand(p.ends, 40)
        ours, theirs = (f[-30:] for f in here.sealed(p.suite.ours, p.suite.peer))
        before, drops = _detail(p, "replay failed (rcv)"), p.peer.drops().get("XfrmInStateSeqError", 0)
        p.ends.drain(p.ends.ours), p.ends.drain(p.ends.theirs)
        for f in theirs:
            there.send(f)
        for f in ours:
            here.send(f)
        until("30 replays counted by our router", lambda: _detail(p, "replay failed (rcv)") - before == 30, 5)
        until("30 replays counted by the kernel", lambda: p.peer.drops().get("XfrmInStateSeqError", 0) - drops == 30, 5)
        _equal("datagrams that came out of replays", (p.ends.drain(p.ends.ours), p.ends.drain(p.ends.theirs)), ([], []))


def _summed6(frame):
    """With the UDP checksum that IPv6 wants (RFC 8200, 8.1), if it is such a datagram."""
    frame = bytearray(frame)
    if _is6(frame) and frame[20] == UDP:
        frame[60:62] = bytes(2)
        text = bytes(frame[22:54]) + struct.pack("!II", len(frame) - 54, UDP) + bytes(frame[54:])
        text += bytes(len(text) % 2)
        total = sum(struct.unpack(f"!{len(text) // 2}H", text))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        frame[60:62] = struct.pack("!H", (~total & 0xffff) or 0xffff)
    return bytes(frame)


def _spoilt(frame):
    """The same packet with a later number and a bit of its text turned over; and cut at several lengths."""
    at = _esp_at(frame)
    later = struct.unpack("!I", frame[at + 4:at + 8])[0] + 5000
    bad = bytearray(frame)
    bad[at + 4:at + 8] = struct.pack("!I", later)
    bad[at + 24] ^= 0x40
    return _summed6(bad)


def _cut(frame, size):
    """Cut to size bytes from the SPI on, with lengths and sums that fit."""
    at = _esp_at(frame)
    cut = bytearray(frame[:at + size])
    if _is6(frame):
        cut[18:20] = struct.pack("!H", len(cut) - 54)
        if frame[20] == UDP:
            cut[58:60] = cut[18:20]
        return _summed6(cut)
    cut[16:18] = struct.pack("!H", len(cut) - 14)
    if frame[23] == 17:
        cut[at - 4:at - 2], cut[at - 2:at] = struct.pack("!H", size + 8), bytes(2)
    cut[24:26] = bytes(2)
    words = sum(struct.unpack(f"!{(cut[14] & 15) * 2}H", cut[14:14 + (cut[14] & 15) * 4]))
    words = (words & 0xffff) + (words >> 16)
    cut[24:26] = struct.pack("!H", ~((words & 0xffff) + (words >> 16)) & 0xffff)
    return bytes(cut)


def spoilt(p):
    """Packets that fail the check move no window and open nothing; what is sent in earnest afterwards arrives."""
    with Tap(p.router_place) as here, Tap(p.peer_place, "wire0") as there:
        thousand(p.ends, 40)
        ours, theirs = (f[-1] for f in here.sealed(p.suite.ours, p.suite.peer))
        before = p.router.counters()["decrypt"]
        p.ends.drain(p.ends.ours), p.ends.drain(p.ends.theirs)
        for tap, frame in ((there, theirs), (here, ours)):
            for _ in range(20):
                tap.send(_spoilt(frame))
            for size in (*range(0, 64), len(frame) - _esp_at(frame) - 1):
                tap.send(_cut(frame, size))
        time.sleep(0.3)
        _equal("datagrams that came out of them", (p.ends.drain(p.ends.ours), p.ends.drain(p.ends.theirs)), ([], []))
        _equal("packets opened", p.router.counters()["decrypt"] - before, 0)
    _equal("datagrams afterwards", thousand(p.ends, 100), (100, 100))


def keepalives(p):
    """A NAT keepalive is one byte 0xff: it is no packet of ours, and nothing answers it or logs it."""
    if not p.suite.natt:
        raise Skipped("not in UDP")
    mark, before = p.router.mark(), p.router.sas()
    with Tap(p.peer_place, "wire0") as there:
        thousand(p.ends, 5)
        frame = there.sealed(p.suite.peer)[0][-1]
        for _ in range(20):
            short = _cut(frame, 1)
            there.send(_summed6(short[:-1] + b"\xff"))
        time.sleep(0.3)
    _equal("our SAs", p.router.sas(), before)
    # A peer may still ask for an IKE SA of the router that was before, and that is told.
    said = [line for line in p.router.said_since(mark).splitlines() if "CRYPTO-4" in line and "IKMP_NO_SA" not in line]
    _equal("our log after keepalives", said, [])
    _equal("pings", p.reach(2), 2)


def headers(p):
    """IPv6 datagrams with hop-by-hop options, destination options, a routing header that is used up, and all of them; fragments of these."""
    if p.suite.inner == 4:
        raise Skipped("IPv4 inside")
    pad = bytes((1, 4, 0, 0, 0, 0))     # PadN that fills the eight bytes
    options = {"hop-by-hop": {socket.IPV6_HOPOPTS: bytes(2) + pad}, "destination": {socket.IPV6_DSTOPTS: bytes(2) + pad}}
    options["both"] = {k: v for kind in list(options.values()) for k, v in kind.items()}
    for name, them in options.items():
        ends = _pair(p)
        try:
            for s in (ends.ours, ends.theirs):
                for option, value in them.items():
                    s.setsockopt(socket.IPPROTO_IPV6, option, value)
                for size in (100, 1200, 5000):
                    got = []
                    until(f"a datagram of {size} bytes with {name} options", lambda: (ends.send(s, _pattern(size)), got.extend(
                        ends.drain(ends.other[s])), _pattern(size) in got)[2], 5, pause=0.1)
        finally:
            ends.close()


def padded(p):
    """The peer pads its packets to a length (RFC 4303, 2.7): all that is shorter looks alike, and arrives as it was."""
    if not p.suite.tfc:         # padding behind an inner packet it calls so
        raise Skipped("no padding of its packets is configured")
    ends = _pair(p)
    try:
        with Tap(p.router_place) as tap:
            for size in range(10, 900, 50):
                ends.send(ends.theirs, _pattern(size))
            got = []
            until("all datagrams", lambda: (got.extend(ends.drain(ends.ours)), len(got) >= 18)[1], 5)
            _equal("datagrams that arrived", sorted(len(d) for d in got if d == _pattern(len(d))), [*range(10, 900, 50)])
            lengths = {len(f) for f in tap.sealed(p.suite.peer)[0]}
            if len(lengths) != 1 or min(lengths) < p.suite.tfc:
                raise Failed(f"packets of {sorted(lengths)} bytes are on the wire")
    finally:
        ends.close()


def numbered(p):
    """Both ends took the sequence numbers of 64 bits that were offered."""
    if not p.suite.esn:
        raise Skipped("no ESN is configured")
    if "esn" not in p.peer.guest.run("ip xfrm state"):
        raise Failed("the kernel's SAs have no ESN")


PLAIN = ("-d", "udp.port==7000,data")    # which would be read as a file system's


def _fields(capture, keys, wanted, field="frame.number"):
    """Numbers of the frames that fit a filter of tshark's, or another field of theirs."""
    out = run("tshark", "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE", *PLAIN, "-r", capture, "-Y", wanted,
              "-T", "fields", "-e", field, env={**os.environ, "WIRESHARK_CONFIG_DIR": keys})
    return {line for line in out.splitlines() if re.fullmatch(r"[0-9a-f]+", line)}


def _again(capture, frames):
    """Those of the frames that are another's bytes once more."""
    out = run("tshark", "-r", capture, "-Y", f"frame.number in {{{', '.join(sorted(frames))}}}", "-T", "fields", "-e", "frame.number", "-e", "udp.payload")
    seen, again = set(), set()
    for number, payload in (line.split("\t") for line in out.splitlines() if "\t" in line):
        (again.add(number) if payload in seen else seen.add(payload))
    return again


def analysed(p):
    """Our capture of the wire, with the keys that lie beside it, read by tshark: every message and every datagram."""
    if p.suite.ah:
        raise Skipped("AH hides nothing")
    if p.suite.esn:
        raise Skipped("the key file has no word for ESN")
    if p.role != "initiator":
        raise Skipped("read where our router begins")
    if shutil.which("tshark") is None:
        raise Skipped("tshark is not installed")
    there = f"{p.router.dir}/capture"
    os.mkdir(there)
    os.chmod(there, 0o777)          # the router may have become somebody else
    p.router.stop()
    p.router.flags, was = ("--pcap", there), p.router.flags
    try:
        p.start_router()
        p.establish()
        thousand(p.ends, 25)
        p.router.stop()
    finally:
        p.router.flags = was
    capture = next(f"{there}/{name}" for name in os.listdir(there) if "0_0" in name)
    find = lambda wanted, *field: _fields(capture, f"{there}/keys", wanted, *field)
    # The peer may still speak by an IKE SA of the router that was before: whose beginning is here has its keys here.
    begun = find("isakmp.rspi == 00:00:00:00:00:00:00:00", "isakmp.ispi")
    sealed = find(f"isakmp.flag_e == 1 && isakmp.ispi in {{{', '.join(':'.join(re.findall('..', c)) for c in sorted(begun))}}}")
    if len(sealed) < 5:
        raise Failed(f"{len(sealed)} encrypted messages are in the capture")
    # tshark takes what comes again for the next message of its exchange.
    again = _again(capture, sealed)
    _equal("encrypted messages that tshark does not read", sealed - again - find("isakmp.flag_e == 1 && (isakmp.hash || isakmp.sig)"), set())
    _equal("datagrams that tshark reads", len(find("esp && udp.port == 7000 && udp.length == 208")), 50)
    _equal("packets whose check tshark does not find good", find("esp.icv_good == 0 || esp.icv_bad == 1"), set())
    _equal("packets that tshark calls malformed", find("_ws.malformed && !icmp") - again, set())
    p.start_router()
    p.establish()


CHECKS = [("ESP: every length", sizes), ("ESP: path MTU", path_mtu), ("ESP: DSCP and ECN", outer_tos), ("ESP: replays", replayed),
          ("ESP: spoilt and cut", spoilt), ("ESP: keepalives", keepalives), ("ESP: IPv6 extension headers", headers),
          ("ESP: TFC padding", padded), ("ESP: ESN", numbered),
          ("ESP: read by tshark", analysed)]
