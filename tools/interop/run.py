#!/usr/bin/python3
"""Our router against boxes that others built.

  run.py [--inspire FILE] [--short] [--peer NAME]... [--role initiator|responder]... [--suite NAME]... [--check NAME]... [--only REGEXP]
         [--jobs N] [--json FILE [--resume]] [--outages] [--no-pairings] [--list] [--keep] [--verbose]

Runs each pairing of peer, role of our router and suite in namespaces of its own, and says of each check whether it held;
with --outages also measures how long traffic is out when one side loses its SAs.  --list says what would be run, --only takes
of that what a regular expression finds: --only 'outage uml-', --only 'pairing .* raw-gcm'.
What is done is in FILE after each job; --resume keeps what held there, and runs the rest.
Status: 0, 1 if something did not hold, 77 if nothing could be run here (the last line says what is missing).
"""
import argparse
import json
import os
import subprocess
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checks           # noqa: E402
import forge            # noqa: E402
import others           # noqa: E402
import outage           # noqa: E402
import suite as suites  # noqa: E402
import wire             # noqa: E402
from pairing import Pairing             # noqa: E402
from peer import find                   # noqa: E402
from wire import Failed, Skipped, say   # noqa: E402

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NATIVE = ("strongswan",)
ALONE = ("ike-scan", "vpnc")


def checked(pairing, name, check, out):
    """One check's row: its result, and what it took."""
    began = time.monotonic()
    row = {"check": name, "result": "ok"}
    try:
        note = check(pairing)
        if note:
            row["note"] = f": {note}"
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
            why = p.peer.cannot(p.suite)
            if why:
                raise Skipped(why)
            p.begin()
            version = p.peer.version()
            p.times = 1 if args.short else 2
        except Skipped as e:
            return [{"check": "all", "result": "skipped", "why": str(e), "seconds": 0}]
        except Failed as e:
            return [{"check": "start", "result": "failed", "why": str(e), "seconds": 0}]
        for name, check in wanted(args, p.peer):
            if not checked(p, name, check, rows) and not _again(p):
                break
        rows[0]["version"] = version
        p.end()
    left = wire.leftovers(box.prefix)
    if left:
        rows.append({"check": "nothing left", "result": "failed", "why": " ".join(left), "seconds": 0})
    return rows


def wanted(args, peer):
    """A pairing's checks: the first one, which brings the tunnel up, is always among them."""
    first, *rest = [c for c in checks.CHECKS if not args.short or c[0] in checks.SHORT]
    rest += [c for c in peer.more_checks if not args.short or c[0] not in peer.long_checks]
    return [first, *(c for c in rest if not args.check or c[0] in args.check)]


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


def outage_rows(args, peer, event, ways, recovery):
    with wire.Sandbox(args.keep) as box:
        p = Pairing(box, args.inspire, TOOLS, peer, outage.suite_for(recovery), "initiator" if ways == "both" else "responder")
        return [outage.runs(p, event, ways, recovery)]


def boxed(args, what, *words):
    with wire.Sandbox(args.keep) as box:
        return what(box, args, TOOLS, *words)


def suite_of(args, name):
    # What we ask is a sign of life too: a peer that asks less often than we do never asks.
    suite = suites.named(name)
    return suite if args.short else suite.but(volume=2560, dpd=10, dpd_theirs=4)


# A job is a kind and its words; each runs in a process of its own, so that several run at a time.
KINDS = {
    "pairing": lambda args, peer, role, name: pairing_rows(args, peer, role, suite_of(args, name)),
    "outage": outage_rows,
    "ike-scan": lambda args: boxed(args, others.ike_scan),
    "vpnc": lambda args: boxed(args, others.vpnc),
    "xauth": lambda args: boxed(args, others.xauth),
    "forged": lambda args, peer, name: boxed(args, forge.forged, peer, name),
}


def one(args, job):
    """A job in this process; the rows to standard output as JSON."""
    try:
        rows = KINDS[job[0]](args, *job[1:])
    except Skipped as e:
        rows = [{"check": "all", "result": "skipped", "why": str(e)}]
    except (Failed, OSError, subprocess.SubprocessError) as e:
        rows = [{"check": "all", "result": "failed", "why": str(e)}]
    print(json.dumps(rows))


def describe(job, row):
    text = f"{row.get('result', 'ok'):8}{', '.join(str(w) for w in job[1:] or job)}: "
    if "median" in row:
        return text + f"outage {row['median']} s of {row['seconds']}; {'; '.join(row['remarks'])}"
    text += row["check"]
    return text + (f": {row['why']}" if "why" in row else f" ({row.get('seconds', 0)} s){row.get('note', '')}")


def elsewhere(args, job):
    words = [sys.executable, os.path.abspath(__file__), "--job", json.dumps(job), "--inspire", args.inspire,
             *(["--short"] if args.short else []), *(["--keep"] if args.keep else []), *(w for c in args.check for w in ("--check", c))]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        rows = [{"check": "all", "result": "failed", "why": (done.stderr or done.stdout)[-2000:]}]
    for row in rows:
        row["job"] = list(job)
    return rows


class Progress:
    """What is done, told and kept in a file as it comes: somebody may end us, and go on later."""

    def __init__(self, args, total):
        self.args, self.rows, self.total, self.count = args, [], total, 0
        self.began, self.lock = time.monotonic(), threading.Lock()

    def take(self, rows):
        with self.lock:
            self.rows += rows
            self.count += 1
            for row in rows:
                say(describe(row["job"], row))
                if "evidence" in row and self.args.verbose:
                    say(row["evidence"])
            if self.total > 4:
                minutes = (time.monotonic() - self.began) / 60
                say(f"--- {self.count} of {self.total} done in {minutes:.0f} min, about {minutes / self.count * (self.total - self.count):.0f} more")
            self.keep()

    def keep(self):
        if self.args.json:
            with open(self.args.json + ".new", "w") as f:
                json.dump(self.rows, f, indent=1)
            os.rename(self.args.json + ".new", self.args.json)

    def resume(self, todo):
        """Keeps what an earlier run has done of this; gives what is left."""
        if not self.args.resume or not os.path.exists(self.args.json):
            return todo
        with open(self.args.json) as f:
            before = json.load(f)
        bad = [r["job"] for r in before if r.get("result") == "failed"]
        self.rows = [r for r in before if r["job"] not in bad or r["job"] not in [list(job) for job in todo]]
        done = [r["job"] for r in self.rows]
        left = [job for job in todo if list(job) not in done]
        self.total = len(left)
        return left


def jobs(args):
    """What is to be done, the long ones first."""
    def chosen(peer):
        return args.suite or ([find(peer).short_suite] if args.short else [s.name for s in suites.SUITES])
    todo = []
    if args.outages:
        todo += [("outage", *cell) for peer in args.peer if peer not in ALONE for cell in outage.cells(peer)]
    for peer in () if args.no_pairings else args.peer:
        if peer in ALONE:
            todo.append((peer,))
            continue
        todo += [("pairing", peer, role, name) for name in chosen(peer) for role in args.role]
        if not args.suite:
            todo += [("forged", peer, name) for name in (["base"] if peer in NATIVE else [] if args.short else ["base", "raw-esp"])]
            todo += [("xauth",)] if peer in NATIVE else []
    # Suites that wait for lifetimes first; then the peers by turns, so that a run that is cut short has seen all.
    order = {"outage": 0, "pairing": 1}
    names = [s.name for s in suites.SUITES]
    todo.sort(key=lambda job: (order.get(job[0], 2), *((not job[3].startswith("lifetimes"), names.index(job[3])) if job[0] == "pairing" else (0, 0))))
    return [job for job in todo if re.search(args.only, " ".join(map(str, job)))]


def arguments():
    a = argparse.ArgumentParser(usage=__doc__)
    a.add_argument("--inspire", default="./inspire", type=os.path.abspath)
    a.add_argument("--peer", action="append")
    a.add_argument("--role", action="append")
    a.add_argument("--suite", action="append")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--check", action="append", default=[])
    a.add_argument("--only", default="")
    a.add_argument("--json")
    a.add_argument("--job", type=json.loads)
    for flag in ("--short", "--keep", "--verbose", "--outages", "--no-pairings", "--resume", "--list"):
        a.add_argument(flag, action="store_true")
    args = a.parse_args()
    args.peer = args.peer or [*NATIVE, "uml-strongswan", "uml-libreswan", *ALONE]
    args.role = args.role or ["initiator", "responder"]
    return args


def main():
    args = arguments()
    if args.list:
        print("\n".join(" ".join(map(str, job)) for job in jobs(args)))
        return 0
    try:
        wire.require()
    except Skipped as e:
        print(e)
        return 77
    if args.job:
        one(args, args.job)
        return 0
    todo = jobs(args)
    progress = Progress(args, len(todo))
    todo = progress.resume(todo)
    with ThreadPoolExecutor(args.jobs) as pool:
        for _ in pool.map(lambda job: progress.take(elsewhere(args, job)), todo):
            pass
    rows = progress.rows
    failed = [r for r in rows if r.get("result") == "failed"]
    ran = [r for r in rows if r.get("result", "ok") == "ok"]
    if not ran and not failed:
        print("; ".join(sorted({r["why"] for r in rows})))
        return 77
    print(f"{len(ran)} checks held, {len(failed)} did not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
