#!/usr/bin/env python3
"""make bench-peers: two gateways on a cable between two namespaces, one process a side, TCP by iperf3 and small packets by
testsuite/bench/packets through their tunnel: ours, and strongSwan's userspace ESP (kernel-libipsec), in turns in one run.

Both speak IKEv1 and ESP in UDP to port 4500.  strongSwan pretends to see a translator; ours find one: the wire's end in the
first namespace rewrites the address of what leaves it (nft), and the other end rewrites it back.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from statistics import median

import ours
import strongswan
from plot import plot
from suite import BASE, GATEWAY, HOST, KEY, LAN, OURS4, PEER4, PEER_HOST, PEER_LAN
from wire import Failed, Sandbox, Skipped, require, run, say, until

NATTED = "203.0.113.1"                          # how the second side sees the first
PEER_GATEWAY = "198.18.2.1"
SIZES = (64, 128, 256, 512, 1024, 1400)         # bytes of IP within the tunnel
RATES = (20e3, 30e3, 45e3, 70e3, 120e3, 200e3, 300e3, 450e3, 700e3, 1e6, 1.5e6, 2.5e6)
PROBE = 0.4                                     # seconds of each that is tried
MTU = 1400                                      # of the inner devices, as strongSwan makes its own
SUITES = {"gcm": BASE.but(name="gcm", hash="sha256", esp="aes128gcm"),
          "cbc-sha1": BASE.but(name="cbc-sha1", hash="sha256", esp="aes128", integrity="sha1")}
WORDS = {"gcm": "AES-128-GCM", "cbc-sha1": "AES-128-CBC, HMAC-SHA1"}

TABLE = """table netdev translator {{
  chain out {{ type filter hook egress device "{dev}" priority 0; ip {field} {was} ip {field} set {now}; }}
}}
"""


class Pair:
    """Two gateways with a tunnel between the hosts HOST, in the first namespace, and PEER_HOST, in the second."""

    def __init__(self, box, tools, args):
        self.box, self.tools, self.args = box, tools, args
        self.places = [box.place(self.letter + side) for side in "ab"]
        self.dirs, self.costs = [], []
        for side in "ab":
            self.dirs.append(f"{box.dir}/{self.letter}{side}")
            os.mkdir(self.dirs[-1])
        box.wire(self.places[0], "wire0", self.places[1], "wire0")

    def translate(self, place, field, was, now):
        path = f"{self.box.dir}/translator"
        with open(path, "w") as f:
            f.write(TABLE.format(dev="wire0", field=field, was=was, now=now))
        place.run("nft", "-f", path)

    def reach(self):
        until(f"{self.name}: the other host answers through the tunnel", self._answers, 40)

    def _answers(self):
        return self.places[0].run("ping", "-c", "1", "-W", "1", "-I", HOST, PEER_HOST, check=False).find(" 1 received") > 0


    def spent(self):
        """(seconds of a processor, packets) of both gateways so far."""
        fields = [open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split() for pid in self.pids()]
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK"), self.moved()


class Ours(Pair):
    name, letter = "inspire", "o"

    def prepare(self):
        self.routers = []
        for place, host, far, gateway in ((self.places[0], HOST, PEER_LAN, GATEWAY), (self.places[1], PEER_HOST, LAN, PEER_GATEWAY)):
            place.no_ip("wire0")
            place.ip("tuntap", "add", "dev", "lan0", "mode", "tun")
            place.ip("link", "set", "lan0", "mtu", str(MTU), "up")
            place.address("lan0", f"{host}/24")
            place.ip("route", "add", far, "via", gateway)
        self.translate(self.places[0], "saddr", OURS4, NATTED)
        self.translate(self.places[1], "daddr", NATTED, OURS4)

    def _config(self, side, suite):
        text = ours.ios(suite)
        if side == 0:
            return text
        swaps = ((f"{KEY} address {PEER4}", f"{KEY} address {NATTED}"), (f"set peer {PEER4}", f"set peer {NATTED}"),
                 (f"address {OURS4} ", f"address {PEER4} "), (f"address {GATEWAY} ", f"address {PEER_GATEWAY} "),
                 ("permit ip 198.18.1.0 0.0.0.255 198.18.2.0 0.0.0.255", "permit ip 198.18.2.0 0.0.0.255 198.18.1.0 0.0.0.255"),
                 (f"ip route 198.18.2.0 255.255.255.0 {PEER4}", f"ip route 198.18.1.0 255.255.255.0 {NATTED}\n"
                  f"ip route {NATTED} 255.255.255.255 {OURS4}"))
        for was, now in swaps:
            if was not in text:
                raise Failed(f"the configuration has no '{was}'")
            text = text.replace(was, now)
        return text

    def start(self, suite):
        for side in (0, 1):
            r = ours.Router(self.args.inspire, self.places[side], self.dirs[side])
            r.inside = "tun"
            r.text = self._config(side, suite)
            r.start(suite)
            self.routers.append(r)

    def stop(self):
        for r in self.routers:
            r.stop()
        self.routers = []

    def pids(self):
        return [r.process.pid for r in self.routers]

    def moved(self):
        return sum(int(n) for text in self.calls() for n in re.findall(r"Output: (\d+) frames", text))

    def calls(self):
        return [r.show("show controllers") for r in self.routers]


class Charon(strongswan.Native):
    """One of two; the first has the addresses of the other turned round."""
    first = False

    def configure(self, suite, recipe=None):
        super().configure(suite, recipe)
        if not self.first:
            return
        path = f"{self.dir}/swanctl/swanctl.conf"
        with open(path) as f:
            text = f.read()
        for a, b in ((OURS4, PEER4), (LAN, PEER_LAN)):
            text = text.replace(a, "@").replace(b, a).replace("@", b)
        with open(path, "w") as f:
            f.write(text)


class Theirs(Pair):
    name, letter = "strongSwan", "s"

    def prepare(self):
        self.ends = [Charon(self.box, place, directory, self.tools) for place, directory in zip(self.places, self.dirs)]
        self.ends[0].first = True
        for end, address, host in zip(self.ends, (OURS4, PEER4), (HOST, PEER_HOST)):
            end.prepare()
            end.place.address("wire0", f"{address}/24")
            if host != PEER_HOST:
                end.place.ip("addr", "del", f"{PEER_HOST}/32", "dev", "lo")
                end.place.address("lo", f"{host}/32")

    def start(self, suite):
        for end in self.ends:
            end.configure(suite)
            end.start()
        if not self.ends[0].initiate():
            raise Failed(f"strongSwan's two ends do not agree: {self.ends[0].log()[-600:]}")

    def pids(self):
        return [end.process.pid for end in self.ends]

    def moved(self):
        return sum(n for end in self.ends for n in end.counters())

    def stop(self):
        for end in self.ends:
            end.stop()


# What is measured.

def tcp(pair, seconds, reverse):
    """Bits a second that iperf3's receiver counts."""
    server = pair.places[1].start("iperf3", "-s", "-1", "-B", PEER_HOST, log=f"{pair.dirs[1]}/iperf3.log")
    try:
        until("iperf3 listens", lambda: ":5201" in pair.places[1].run("ss", "-Hltn", "sport = :5201"), 10)
        words = ["iperf3", "-c", PEER_HOST, "-B", HOST, "-t", str(seconds), "-O", "1", "-J", *(["-R"] if reverse else [])]
        got = json.loads(pair.places[0].run(*words, check=False, timeout=seconds + 30))
    finally:
        server.terminate()
        server.wait(10)
    if "error" in got:
        raise Failed(f"iperf3 through {pair.name}: {got['error']}")
    return got["end"]["sum_received"]["bits_per_second"]


def stream(pair, seconds, reverse):
    """Gbit/s of TCP; what a packet of it costs each gateway is noted."""
    time0, moved0 = pair.spent()
    bits = tcp(pair, seconds, reverse)
    time1, moved1 = pair.spent()
    pair.costs.append((time1 - time0) / (moved1 - moved0) * 1e6)
    return bits / 1e9


def packets(pair, size, seconds, rate):
    """Packets a second that arrive of those that are sent."""
    place, tool = pair.places[1], pair.args.packets
    receiver = subprocess.Popen(place.command(tool, "receive", PEER_HOST, "7000", str(seconds)), stdout=subprocess.PIPE, text=True)
    try:
        if receiver.stdout.readline() != "ready\n":
            raise Failed("the receiver does not start")
        pair.places[0].run(tool, "send", PEER_HOST, "7000", str(size), str(seconds + 0.5), str(rate), timeout=seconds + 30)
        n, ns = receiver.stdout.readline().split()
    finally:
        receiver.kill()
        receiver.wait(10)
    return int(n) / (int(ns) / 1e9)


def best_rate(pair, size, rates):
    """Of these rates to offer, in their order, the one at which most arrives: who is overrun carries less."""
    found = {}
    for rate in rates:
        found[rate] = packets(pair, size, PROBE, rate)
        if found[rate] < 0.7 * max(found.values()):
            break
    return max(found, key=found.get)


def best_rates(pair, sizes):
    """For each size; longer packets come as fast as shorter ones, or more slowly."""
    got, rates = {}, RATES
    for size in sizes:
        got[size] = best_rate(pair, size, rates)
        rates = [rate for rate in reversed(RATES) if rate <= got[size]]
    say(f"  {pair.name}: offered " + ", ".join(f"{rate:.0f}/s at {size} B" for size, rate in got.items()))
    return got


def limit(args, suite, size):
    """Packets a second that one core seals, or opens if that is slower, in the library alone."""
    name, *times = run(args.packets, "limit", suite.name, str(size)).split()
    return name, 1 / max(map(float, times))


# One suite: both pairs at once, measured in turns.

class Race:
    def __init__(self, box, tools, args, suite):
        self.args, self.suite = args, suite
        self.pairs = [kind(box, tools, args) for kind in (Ours, Theirs)]
        self.got = {}           # what: [[ours], [theirs]]

    def start(self):
        for pair in self.pairs:
            pair.prepare()
            pair.start(self.suite)
            pair.reach()

    def stop(self):
        for pair in self.pairs:
            pair.stop()

    def turn(self, what, measure):
        both = self.got.setdefault(what, [[], []])
        for values, pair in zip(both, self.pairs):
            values.append(measure(pair))
            time.sleep(0.3)
        say(f"  {self.suite.name} {what}: " + " ".join(f"{v[-1]:.4g}" for v in both))

    def run(self, sizes):
        seconds = self.args.seconds
        rates = {pair: best_rates(pair, sizes) for pair in self.pairs}
        for _ in range(self.args.turns):
            self.turn("tcp", lambda pair: stream(pair, seconds, False))
            self.turn("tcp back", lambda pair: stream(pair, seconds, True))
            for size in sizes:
                self.turn(size, lambda pair, size=size: packets(pair, size, 1, rates[pair][size]))

    def median(self, what):
        return [median(values) for values in self.got[what]]

    def rows(self):
        words = WORDS[self.suite.name]
        for what, name in (("tcp", "TCP, one stream"), ("tcp back", "TCP, one stream, the other way")):
            yield row(f"{name}, {words}", "Gbit/s", *self.median(what))
        ours_us, theirs_us = (median(pair.costs) for pair in self.pairs)
        yield {**row(f"processor time of a packet of TCP in a gateway, {words}", "us", ours_us, theirs_us), "ratio": theirs_us / ours_us}
        for size in (what for what in self.got if isinstance(what, int)):
            yield row(f"packets of {size} B, {words}", "packets/s", *self.median(size), 10 if size == 64 else None)


def row(name, unit, value, peer, goal=10):
    return {"name": name, "value": value, "unit": unit, "limit": peer, "ratio": value / peer, "goal": goal}


def table(rows):
    say(f"{'what':72} {'unit':>10} {'inspire':>10} {'strongSwan':>10} {'ratio':>7} {'goal':>5}")
    for r in rows:
        say(f"{r['name']:72} {r['unit']:>10} {r['value']:10.4g} {r['limit']:10.4g} {r['ratio']:7.2f} {r['goal'] or '':>5}")


def draw(args, race):
    """Throughput over packet size, of the first suite."""
    bits = {name: {size: race.median(size)[k] * size * 8 / 1e9 for size in SIZES} for k, name in enumerate(("inspire", "strongSwan"))}
    limits = {size: limit(args, race.suite, size) for size in SIZES}
    library = limits[SIZES[-1]][0]
    bits[f"{library} alone, a core"] = {size: rate * size * 8 / 1e9 for size, (_, rate) in limits.items()}
    title = f"Two gateways on two cores, {WORDS[race.suite.name]}, ESP in UDP"
    with open(args.svg, "w") as f:
        f.write(plot(title, "Gbit/s of IP", list(bits.items())))
    return bits


def needs(tools):
    if os.geteuid() != 0:
        raise Skipped("only root can run strongSwan and have devices made")
    require()
    for tool, package in (("iperf3", "iperf3"), ("nft", "nftables"), ("ss", "iproute2"), ("ping", "iputils-ping"), ("nsenter", "util-linux")):
        if shutil.which(tool) is None:
            raise Skipped(f"{tool} is not installed (Debian's package {package})")
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        raise Skipped("/dev/net/tun is not there, or may not be opened")
    done = subprocess.run([f"{tools}/peers.sh", "fetch", "strongswan"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Skipped(f"strongSwan's packages: {done.stdout.strip()}")


def measure(args, tools):
    races, rows = [], []
    for name in args.suites.split(","):
        with Sandbox(letters="gs") as box:
            race = Race(box, tools, args, SUITES[name])
            race.start()
            race.run(SIZES if not races else SIZES[:1])
            if args.verbose:
                say("\n".join(race.pairs[0].calls()))
            race.stop()
        races.append(race)
        rows += race.rows()
    table(rows)
    bits = draw(args, races[0])
    with open(args.output, "w") as f:
        json.dump({"rows": rows, "gbit_s_over_bytes": bits}, f, indent=1)


def main():
    parser = argparse.ArgumentParser(description="Our router's speed against strongSwan's.")
    parser.add_argument("--inspire", default="./inspire")
    parser.add_argument("--packets", default="./testsuite/bench/packets")
    parser.add_argument("-o", dest="output", default="bench-peers.json")
    parser.add_argument("--svg", default="performance.svg")
    parser.add_argument("--suites", default="gcm,cbc-sha1", help="gcm, cbc-sha1; the first is drawn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of a TCP stream, a second of start before them")
    parser.add_argument("--verbose", action="store_true", help="what our ports counted, too")
    args = parser.parse_args()
    args.inspire, args.packets = os.path.realpath(args.inspire), os.path.realpath(args.packets)
    tools = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        needs(tools)
        measure(args, tools)
    except Skipped as e:
        say(f"bench-peers: {e}: nothing was measured")
        return 77
    except Failed as e:
        say(f"bench-peers: {e}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
