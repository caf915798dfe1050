#!/usr/bin/python3
"""Our router against boxes that others built.

  run.py [--inspire FILE] [--short] [--peer NAME]... [--role initiator|responder]... [--suite NAME]... [--jobs N] [--json FILE] [--keep]

Runs each pairing of peer, role of our router and suite in namespaces of its own, and says of each check whether it held.
Status: 0, 1 if something did not hold, 77 if nothing could be run here (the last line says what is missing).
"""
import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checks           # noqa: E402
import suite as suites  # noqa: E402
import wire             # noqa: E402
from pairing import Pairing             # noqa: E402
from peer import find                   # noqa: E402
from wire import Failed, Skipped, say   # noqa: E402

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NATIVE = ("strongswan",)


def checked(pairing, name, check, out):
    """One check's row: its result, and what it took."""
    began = time.monotonic()
    row = {"check": name, "result": "ok"}
    try:
        check(pairing)
    except Skipped as e:
        row.update(result="skipped", why=str(e))
    except Failed as e:
        row.update(result="failed", why=str(e), evidence=pairing.evidence())
    except (OSError, subprocess.SubprocessError, KeyError, IndexError) as e:
        row.update(result="failed", why=repr(e), evidence=pairing.evidence())
    row["seconds"] = round(time.monotonic() - began, 1)
    out.append(row)
    return row["result"] != "failed"


def pairing_rows(args, peer, role, suite):
    """All checks of a pairing; after one that failed the next begins with a tunnel brought up anew, or none do."""
    rows = []
    with wire.Sandbox(args.keep) as box:
        try:
            p = Pairing(box, args.inspire, TOOLS, peer, suite, role)
            why = p.peer.cannot(suite)
            if why:
                raise Skipped(why)
            p.begin()
        except Skipped as e:
            return [{"check": "all", "result": "skipped", "why": str(e), "seconds": 0}]
        except Failed as e:
            return [{"check": "start", "result": "failed", "why": str(e), "seconds": 0}]
        wanted = [c for c in checks.CHECKS if not args.short or c[0] in checks.SHORT]
        for name, check in [*wanted, *p.peer.more_checks]:
            if not checked(p, name, check, rows) and not _again(p):
                break
        p.end()
    left = wire.leftovers(box.prefix)
    if left:
        rows.append({"check": "nothing left", "result": "failed", "why": " ".join(left), "seconds": 0})
    return rows


def _again(p):
    """Both ends anew after a failure."""
    try:
        p.peer.kill()
        p.router.stop(kill=True)
        p.begin()
        p.establish()
        return True
    except (Failed, OSError, subprocess.SubprocessError):
        return False


def one(args):
    """A pairing in this process; the rows to standard output as JSON."""
    suite = suites.named(args.suite[0])
    if not args.short:
        # What we ask is a sign of life too: a peer that asks less often than we do never asks.
        suite = suite.but(volume=2560, dpd=10, dpd_theirs=4)
    rows = pairing_rows(args, args.peer[0], args.role[0], suite)
    print(json.dumps(rows))


def elsewhere(args, peer, role, suite):
    """The same in a process of its own, so that several run at a time."""
    words = [sys.executable, os.path.abspath(__file__), "--one", "--inspire", args.inspire, "--peer", peer, "--role", role,
             "--suite", suite.name, *(["--short"] if args.short else []), *(["--keep"] if args.keep else [])]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        rows = [{"check": "all", "result": "failed", "why": (done.stderr or done.stdout)[-2000:], "seconds": 0}]
    for row in rows:
        row.update(peer=peer, role=role, suite=suite.name)
        say(f"{row['result']:8}{peer}, {role}, {suite.name}: {row['check']}" + (f": {row['why']}" if "why" in row else f" ({row['seconds']} s)"))
        if "evidence" in row and args.verbose:
            say(row["evidence"])
    return rows


def matrix(args):
    def chosen(peer):
        names = args.suite or ([find(peer).short_suite] if args.short else [])
        return [suites.named(n) for n in names] or suites.SUITES
    todo = [(peer, role, s) for peer in args.peer for s in chosen(peer) for role in args.role]
    with ThreadPoolExecutor(args.jobs) as pool:
        parts = list(pool.map(lambda t: elsewhere(args, *t), todo))
    return [row for part in parts for row in part]


def arguments():
    a = argparse.ArgumentParser(usage=__doc__)
    a.add_argument("--inspire", default="./inspire", type=os.path.abspath)
    a.add_argument("--peer", action="append")
    a.add_argument("--role", action="append")
    a.add_argument("--suite", action="append")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--json")
    for flag in ("--short", "--one", "--keep", "--verbose"):
        a.add_argument(flag, action="store_true")
    args = a.parse_args()
    args.peer = args.peer or list(NATIVE)
    args.role = args.role or ["initiator", "responder"]
    return args


def main():
    args = arguments()
    try:
        wire.require()
    except Skipped as e:
        print(e)
        return 77
    if args.one:
        one(args)
        return 0
    rows = matrix(args)
    if args.json:
        with open(args.json, "w") as f:
            json.dump(rows, f, indent=1)
    failed = [r for r in rows if r["result"] == "failed"]
    ran = [r for r in rows if r["result"] == "ok"]
    if not ran and not failed:
        print("; ".join(sorted({r["why"] for r in rows})))
        return 77
    print(f"{len(ran)} checks held, {len(failed)} did not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
