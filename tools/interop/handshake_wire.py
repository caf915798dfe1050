"""The wire of the handshakes that are counted: whose addresses are on it, and what of Quick Mode goes by."""
import ctypes
import select
import socket
import struct
import time

from wire import Failed

WIRE = "wire0"
GIVE_UP = 120                   # seconds for all
ETH_ALL = 3
SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 26, 33, 35
BYTE, HALF, WORD, EQUAL, RETURN = 0x30, 0x28, 0x20, 0x15, 0x06      # of the kernel's packet filter
UDP, QUICK = 17, 32
DATA = 14 + 20 + 8              # where a datagram's begins, in a frame
EXCHANGE, MSGID = 18, 20        # in an ISAKMP header
SNAP = DATA + 4 + 28


def addresses(end, n):
    """An end's, one a connection."""
    return [f"10.{101 + end}.{i >> 8}.{i & 255}" for i in range(n)]


def inner(end, n):
    """What strongSwan protects: its routes want an address of its own on either side."""
    return [f"172.{16 + (i >> 14)}.{i >> 6 & 255}.{4 * (i & 63) + 1 + end}" for i in range(n)]


def outer(end):
    return f"192.0.2.{1 + end}"


def packet_filter():
    """Quick Mode by port 500, or by port 4500 behind four bytes of zero; of that the headers alone."""
    udp = [(HALF, 12, 0x0800), (BYTE, 23, UDP)]
    ways = [[*udp, (HALF, 36, 500), (BYTE, DATA + EXCHANGE, QUICK)],
            [*udp, (HALF, 36, 4500), (WORD, DATA, 0), (BYTE, DATA + 4 + EXCHANGE, QUICK)]]
    program = []
    for way in ways:
        for k, (load, offset, value) in enumerate(way):
            program += [(load, 0, 0, offset), (EQUAL, 0, 2 * (len(way) - k) - 1, value)]
        program.append((RETURN, 0, 0, SNAP))
    return b"".join(struct.pack("HBBI", *line) for line in [*program, (RETURN, 0, 0, 0)])


class Quick:
    """Quick Modes that go by at a place, each with the kernel's time of its last message."""

    def __init__(self, place, n):
        self.n = n
        self.seen = {}          # messages of each
        self.last = []          # when the third went by
        self.socket = place.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        code = packet_filter()
        text = ctypes.create_string_buffer(code)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(code) // 8, ctypes.addressof(text)))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((WIRE, ETH_ALL))
        self.socket.setblocking(False)

    def _read(self):
        try:
            frame, told, _, _ = self.socket.recvmsg(SNAP, 64)
        except BlockingIOError:
            return False
        at = DATA + (0 if frame[36:38] == b"\x01\xf4" else 4)
        which = frame[at:at + 8] + frame[at + MSGID:at + MSGID + 4]
        self.seen[which] = self.seen.get(which, 0) + 1
        if self.seen[which] == 3:
            seconds, ns = struct.unpack("qq", told[0][2])
            self.last.append(seconds + ns / 1e9)
        return True

    def all_done(self):
        """Waits for n of them; when the last was through.  It looks seldom: the ends have better use for the processors."""
        end = time.monotonic() + GIVE_UP
        while len(self.last) < self.n:
            if time.monotonic() > end:
                raise Failed(f"{len(self.last)} of {self.n} connections within {GIVE_UP} s")
            time.sleep(0.02)
            select.select([self.socket], [], [], 1)
            while self._read():
                pass
        self.socket.close()
        return sorted(self.last)[self.n - 1]
