"""How long traffic is out when one side loses its SAs, and what each side does about it.

A run: the tunnel is up, a datagram each 20 ms goes through, one side loses what it had, and the longest time without a
datagram arriving is measured on the real clock.  The median of five runs is what the table shows.
"""
import statistics
import time

from suite import BASE
from traffic import Stream, await_flow
from wire import Failed, until

CAP = 60        # seconds: longer ones count as that
RUNS = 5


def _clear_ours(p, stream):
    p.router.clear_all()


def _clear_untold(p, stream):
    """Nobody sends just then: else the first message of a new IKE SA would be lost with the DELETEs."""
    stream.held = True
    try:
        p.router.clear_all(told=False)
    finally:
        stream.held = False


def _lose_theirs(p, stream):
    p.peer.lose()


def _kill_theirs(p, stream):
    p.peer.kill()
    time.sleep(1)
    p.peer.start()


def _kill_ours(p, stream):
    p.router.stop(kill=True)
    time.sleep(1)
    p.start_router()


# What happens, and the word for it in the table.
EVENTS = {"clear ours": (_clear_ours, "our `clear crypto isakmp`, `clear crypto sa`"),
          "clear untold": (_clear_untold, "the same, and the DELETEs are lost"), "lose theirs": (_lose_theirs, "the peer forgets its SAs"),
          "kill theirs": (_kill_theirs, "the peer is killed, back after 1 s"), "kill ours": (_kill_ours, "our router is killed, back after 1 s")}
WAYS = {"both": "both ways", "in": "to us only"}

# Our remarks from our log, by what is found there.
OURS = [("%CRYPTO-4-RECVD_PKT_INV_SPI", "we log Invalid SPI"), ("for INV SPI RECOV", "we begin Main Mode for it"),
        ("sending delete for|Sending delete|sent delete", "we send DELETE")]


def suite_for(recovery):
    """Dead peer detection is on at both ends, as one would have it: 10 s."""
    return BASE.but(dpd=10, dpd_theirs=10, recovery=recovery)


# Where only the peer sends, we have no reason to begin: it does so when it starts, finds us dead, or is told that SAs are gone.
RECIPE = {"dpd_action": "restart", "close_action": "start", "start_action": "start"}


def measure(p, event, ways):
    """One run; gives (seconds, remarks)."""
    p.establish()
    until("both ends hold the same SAs", p.agree, 40)
    time.sleep(1)
    p.router.type("debug crypto isakmp")
    mark, theirs = p.router.mark(), len(p.peer.log())
    stream = Stream(p.ends, ways=ways)
    try:
        await_flow(stream, 10)
        began = time.monotonic()
        EVENTS[event][0](p, stream)
        try:
            await_flow(stream, CAP, time.monotonic())
            time.sleep(0.5)
        except Failed:
            return CAP, _remarks(p, mark, theirs)
    finally:
        stream.stop()
    return round(max(stream.outage(began)), 2), _remarks(p, mark, theirs)


def runs(p, event, ways, recovery):
    """A row of the table: RUNS runs, each with both ends begun anew."""
    row = {"event": event, "ways": ways, "recovery": recovery, "seconds": [], "remarks": []}
    for _ in range(RUNS):
        p.begin({**RECIPE, **p.peer.recipe} if ways == "in" else None)
        seconds, remarks = measure(p, event, ways)
        row["seconds"].append(seconds)
        row["remarks"] += [r for r in remarks if r not in row["remarks"]]
        p.peer.kill()
        p.router.stop(kill=True)
    row["median"] = statistics.median(row["seconds"])
    return row


def _remarks(p, mark, theirs):
    said, told = p.router.said_since(mark), p.peer.log()[theirs:]
    found = [text for words, text in OURS if any(w in said for w in words.split("|"))]
    return found + [text for words, text in p.peer.remarks if any(w in told for w in words.split("|"))]


def cells(peer):
    """All that is to be measured with a peer."""
    return [(peer, event, ways, recovery) for event in EVENTS for ways in WAYS for recovery in (False, True)]
