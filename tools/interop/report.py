#!/usr/bin/python3
"""Writes the tables of doc/interop.md between its markers.   usage: report.py RESULTS.json... DOC.md

A job that was run again counts as in the last of the files.
"""
import json
import os
import platform
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from outage import CAP, EVENTS, RUNS, WAYS     # noqa: E402
from peer import find                          # noqa: E402
from suite import SUITES                       # noqa: E402

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |",
            *("| " + " | ".join(str(c) for c in row) + " |" for row in rows), ""]


def unique(values):
    return list(dict.fromkeys(values))


PEERS = ("strongswan", "uml-strongswan", "uml-libreswan")


def instead(peer, suite):
    """What a peer's suite has that is not the table's."""
    fit = find(peer).fit(suite)
    return [f"{name} {getattr(fit, field)}" for field, name in (("group", "group"), ("pfs", "PFS group")) if getattr(fit, field) != getattr(suite, field)]


def pairings(rows):
    """A line a suite, a column a peer and role: checks that held, of how many, or why there are none."""
    rows = [r for r in rows if r["job"][0] == "pairing"]
    columns = [(peer, role) for peer in PEERS for role in ("initiator", "responder") if any(r["job"][1:3] == [peer, role] for r in rows)]
    named = {s.name: s for s in SUITES}
    lines = []
    for name in (s.name for s in SUITES if any(r["job"][3] == s.name for r in rows)):
        cells = []
        for peer, role in columns:
            mine = [r for r in rows if r["job"][1:] == [peer, role, name]]
            done = [r for r in mine if r["result"] != "skipped"]
            if not mine:
                cells.append("not run")
            elif not done:
                cells.append(mine[0]["why"])
            else:
                cells.append(f"{sum(r['result'] == 'ok' for r in done)} of {len(done)}" + "".join(f", {w}" for w in instead(peer, named[name])))
        lines.append([f"`{name}`", named[name].describe() if name in named else "", *cells])
    return table(["suite", "what it is", *(f"{peer}, we are {role}" for peer, role in columns)], lines)


def checks_of(rows):
    """A line a check: in how many pairings it held."""
    rows = [r for r in rows if r["job"][0] == "pairing" and r["result"] != "skipped"]
    lines = []
    for check in unique(r["check"] for r in rows):
        mine = [r for r in rows if r["check"] == check]
        lines.append([check, *(f"{sum(r['result'] == 'ok' for r in some)} of {len(some)}" if some else "" for some in
                               ([r for r in mine if r["job"][1] == peer] for peer in PEERS))])
    return table(["check", *PEERS], lines)


def forged(rows):
    """A line a kind of forged packets, a column a wire: what counted them."""
    rows = [r for r in rows if r["job"][0] == "forged"]
    columns = sorted(unique(tuple(r["job"][1:]) for r in rows), key=lambda c: (PEERS.index(c[0]), c[1]))
    lines = []
    for check in unique(r["check"] for r in rows):
        cells = [next((r["result"] + r.get("note", "").replace(" counted", "") for r in rows if r["check"] == check and r["job"][1:] == list(c)), "")
                 for c in columns]
        lines.append([check, *cells])
    return table(["forged by scapy", *(f"{peer}, `{suite}`" for peer, suite in columns)], lines)


def alone(rows):
    """ike-scan, vpnc, XAUTH: what held."""
    rows = [r for r in rows if r["job"][0] in ("ike-scan", "vpnc", "xauth")]
    return table(["with", "check", "result"], [[r["job"][0], r["check"], r["result"]] for r in rows])


def seconds(row):
    return f"over {CAP} s" if row["median"] >= CAP else f"{row['median']:.2f} s"


def outages(rows):
    rows = [r for r in rows if r["job"][0] == "outage" and "median" in r]
    lines = []
    for peer in (p for p in PEERS if any(r["job"][1] == p for r in rows)):
        for event, (_, text) in EVENTS.items():
            for ways in WAYS:
                both = {r["recovery"]: r for r in rows if r["job"][1] == peer and r["event"] == event and r["ways"] == ways}
                if both:
                    remarks = [f"{'with: ' if on else ''}{'; '.join(r['remarks'])}" for on, r in sorted(both.items()) if r["remarks"]]
                    lines.append([peer, text, WAYS[ways], *(seconds(both[on]) if on in both else "" for on in (False, True)),
                                  "<br>".join(unique(remarks))])
    return table(["peer", "what happens", "traffic", "without", "with recovery", "what is seen"], lines)


def generated(rows):
    versions = unique(r["version"] for r in rows if "version" in r)
    failed = [r for r in rows if r.get("result") == "failed"]
    lines = [f"Measured on {time.strftime('%Y-%m-%d')}, {platform.system()} {platform.release()}; " + "; ".join(versions) + ".", "",
             "### Pairings", "", *pairings(rows), "### Checks", "", *checks_of(rows),
             "### Forged packets, and what counted them", "", *forged(rows), "### ike-scan, vpnc, XAUTH", "", *alone(rows)]
    if failed:
        lines += ["What did not hold:", "", *(f"* {', '.join(map(str, r['job'][1:]))}: {r['check']}: {r['why'].splitlines()[-1]}" for r in failed), ""]
    lines += [f"### Outages: the median of {RUNS}, a datagram each 20 ms", "", *outages(rows)]
    return "\n".join(lines)


def main():
    *files, doc = sys.argv[1:]
    rows = []
    for name in files:
        with open(name) as f:
            more = json.load(f)
        again = [r["job"] for r in more]
        rows = [r for r in rows if r["job"] not in again] + more
    with open(doc) as f:
        text = f.read()
    head, rest = text.split(BEGIN)
    with open(doc, "w") as f:
        f.write(head + BEGIN + "\n" + generated(rows) + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
