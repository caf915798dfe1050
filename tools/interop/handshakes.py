#!/usr/bin/python3
"""Main and Quick Mode, how many a second: two of ours and two strongSwans, in turns, over the same wire.

  handshakes.py [--inspire FILE] [--tunnels N] [--rounds N] [--group 14|19]... [--only ours|theirs] [--keep]

Two namespaces with a pair of Ethernet devices between them.  Each end has N addresses of its own and N connections, each from
one of its addresses to one of the other's.  A loop asks the first end for one connection after the other and waits for none;
measured is the time from the loop's begin to the last message of the last Quick Mode, as the kernel stamps it on the wire.
After each turn both ends are asked what they hold: N IKE SAs and N pairs of IPsec SAs, the same SPIs at both.

A line to standard output for each group: GROUP OURS THEIRS, medians of connections a second; each turn's figures go to
standard error.  Status 77 if something is missing here: the last line names it.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire                                             # noqa: E402
from handshake_ends import OURS, THEIRS                 # noqa: E402
from handshake_wire import Quick, WIRE, addresses, inner, outer  # noqa: E402
from wire import Failed, Skipped                        # noqa: E402

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KINDS = {"ours": OURS, "theirs": THEIRS}
GROUPS = (14, 19)


def wired(box, n):
    """The two namespaces, each with its end's addresses: routers of ours have their own, and take no notice."""
    places = [box.place("first"), box.place("second")]
    box.wire(places[0], WIRE, places[1], WIRE)
    for end, place in enumerate(places):
        lines = "".join(f"address add {a}/32 dev lo\n" for a in addresses(end, n) + inner(end, n))
        wire.run("ip", "-n", place.name, "-batch", "-", input=lines)
        place.sysctl(f"net.ipv6.conf.{WIRE}.disable_ipv6=1")
    return places


def plugged(places, kernel):
    """The wire is the kernel's, or a router's alone."""
    for end, place in enumerate(places):
        place.ip("address", "flush", "dev", WIRE)
        place.sysctl(f"net.ipv4.conf.{WIRE}.arp_ignore={0 if kernel else 8}")
        if kernel:
            place.address(WIRE, f"{outer(end)}/24")
            place.ip("route", "replace", f"10.{101 + 1 - end}.0.0/16", "via", outer(1 - end))


def held(ends, n):
    """Both hold n IKE SAs and n pairs of IPsec SAs, which are the same."""
    counts = [end.ike_count() for end in ends]
    pairs = [end.sas() for end in ends]
    if counts != [n, n] or [len(set(p)) for p in pairs] != [n, n]:
        raise Failed(f"{ends[0].name}: {counts} IKE SAs and {[len(p) for p in pairs]} pairs of IPsec SAs instead of {n}")
    if set(pairs[0]) != {(there, here) for here, there in pairs[1]}:
        raise Failed(f"{ends[0].name}: the two ends hold different SAs")


def turn(box, places, args, kind, group):
    """Connections a second, and what each end took of a processor for one of them, in milliseconds."""
    ends = [kind(box, place, end, args, group) for end, place in enumerate(places)]
    plugged(places, kind.kernel)
    try:
        for end in reversed(ends):
            end.start()
        quick = Quick(places[0], args.tunnels)
        used = [end.cpu() for end in ends]
        began = time.time()
        ends[0].loop()
        last = quick.all_done()
        used = [1000 * (end.cpu() - before) / args.tunnels for end, before in zip(ends, used)]
        held(ends, args.tunnels)
    finally:
        for end in ends:
            end.stop()
    rate = args.tunnels / (last - began)
    print(f"    group {group}, {kind.name}: {rate:.0f}/s, {used[0]:.2f} ms of a processor at the first end, {used[1]:.2f} ms at the second",
          file=sys.stderr, flush=True)
    return rate


def go_ahead():
    """Ahead of what else runs here, if we may: all that is started inherits it."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        print("    not root: others on this machine may take of its time", file=sys.stderr)


def measured(box, args):
    places = wired(box, args.tunnels)
    for group in args.group:
        rates = {name: [] for name in args.kinds}
        for _ in range(args.rounds):
            for name in args.kinds:
                rates[name].append(turn(box, places, args, KINDS[name], group))
        print(group, *(f"{statistics.median(rates[name]):.1f}" for name in args.kinds), flush=True)


def arguments():
    a = argparse.ArgumentParser(usage=__doc__)
    a.add_argument("--inspire", default="./inspire", type=os.path.abspath)
    a.add_argument("--tunnels", type=int, default=500)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--group", type=int, action="append", choices=GROUPS)
    a.add_argument("--only", choices=sorted(KINDS))
    a.add_argument("--keep", action="store_true")
    args = a.parse_args()
    args.group = args.group or GROUPS
    args.kinds = [args.only] if args.only else list(KINDS)
    return args


def main():
    args = arguments()
    args.tools = TOOLS
    try:
        wire.require()
        for name in args.kinds:
            KINDS[name].require(args)
        go_ahead()
        with wire.Sandbox(args.keep, "hk") as box:
            measured(box, args)
    except Skipped as e:
        print(e)
        return 77
    except (Failed, OSError, subprocess.SubprocessError) as e:
        print(f"handshakes: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
