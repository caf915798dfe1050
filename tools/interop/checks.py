"""What a pairing is checked for, one function a check, in the order of CHECKS.  Each leaves the tunnel up, or says Failed."""
import re
import time

from pairing import require_equal
from traffic import Stream, await_flow, ping, thousand
from wire import Failed, Skipped, until

INVALID = "%CRYPTO-4-RECVD_PKT_INV_SPI"


def up(p):
    """SAs of both phases, held by both ends alike."""
    p.establish()
    until("both ends hold the same SAs", p.agree, p.peer.settle)


def pings(p):
    require_equal("pings to the peer's side answered, of", p.reach(5), 5)
    require_equal("pings to our side answered, of", ping(p.peer.host, p.suite.peer_host, p.suite.host, 5), 5)


def _held(p):
    """All that is there to count."""
    return sorted(p.router.sas()), sorted(p.peer.sas()), sorted(p.peer.inbound())


def datagrams(p):
    """1,000 each way arrive, and both ends have counted just these.  What an SA has counted goes with it: where both ends began, strongSwan
    takes half of the older pair away when the later one is made, some seconds after, and all is done again."""
    for _ in range(3):
        until("both ends hold the same SAs", p.agree, p.peer.settle)
        held = _held(p)
        before, theirs_before = p.router.counters(), p.peer.counters()
        require_equal("datagrams that arrived (to the peer, to us)", thousand(p.ends), (1000, 1000))
        after, theirs = p.router.counters(), p.peer.counters()
        if _held(p) == held:
            break
    sent, got = after["encaps"] - before["encaps"], after["decaps"] - before["decaps"]
    require_equal("packets sealed and opened by our router", (sent, got), (1000, 1000))
    if theirs_before is not None:
        require_equal("packets in and out counted by the peer", (theirs[0] - theirs_before[0], theirs[1] - theirs_before[1]), (1000, 1000))


def _fresh(p, old):
    """Both ends hold a pair that was not there before."""
    ours, theirs = set(p.router.sas()) - set(old), set(p.peer.sas())
    return any((o, i) in theirs for i, o in ours)


def _unknown(p):
    """Packets whose SPI our router did not know, as it counts them."""
    return int(re.search(r"not known\n +(\d+) packets", p.router.show("show crypto isakmp statistics"))[1])


def _nothing_lost(p, what, begin, done, limit):
    """begin() under traffic, until done() is true and packets went on for a while after it.  A peer that sends by a new SA before
    it has answered for it sends what nobody could open, and one whose daemon is slow to install an SA that we have made gets what its
    kernel cannot open yet: just so many as we, and its kernel, counted as of an SA not known yet may be missing."""
    before, late, drops = _unknown(p), p.peer.not_yet(), p.peer.drops()
    stream = Stream(p.ends)
    try:
        await_flow(stream, 5)
        begin()
        until(what, done, limit)
        await_flow(stream, 5)
        time.sleep(1)
    finally:
        stream.stop()
    lost, early, late = stream.lost(), _unknown(p) - before if p.peer.early else 0, p.peer.not_yet() - late
    if lost[0] > late or lost[1] != early:
        raise Failed(f"{what}: datagrams lost (to the peer, to us): {lost}, of which an SA not known yet explains {(late, early)}; "
                     f"lost were {stream.missing()}; counted by the peer before and after: {drops} {p.peer.drops()}")


def rekey_child_theirs(p):
    for _ in range(p.times):
        old = p.router.sas()
        _nothing_lost(p, "IPsec SAs renewed by the peer", p.peer.rekey_child, lambda: _fresh(p, old), 20)


def _ike_numbers(p):
    """Connection numbers of our IKE SAs that are up."""
    return {line.split()[3] for line in p.router.show("show crypto isakmp sa").splitlines() if "QM_IDLE" in line and "ACTIVE" in line}


def rekey_ike_theirs(p):
    for _ in range(p.times):
        # Where both began at once, as a VTI of ours may, the peer may hold one more.
        old, held = _ike_numbers(p), max(p.peer.ike_count(), 1)
        _nothing_lost(p, "IKE SA renewed by the peer", p.peer.rekey_ike,
                      lambda: _ike_numbers(p) - old and p.peer.ike_count() <= held, 20)


def rekey_child_ours(p):
    """Our SAs live for 2,560 kilobytes here, and are renewed when 256 are left; the last are used up slowly, as a busy peer takes its time."""
    if not p.suite.volume:
        raise Skipped("our SAs have no volume to come to the end of in this suite")
    filler = []
    more = p.more_ends(7001)

    def begin():
        filler.append(Stream(more, pace=0.004, size=1200, ways="out", many=1900))

    try:
        for _ in range(p.times):
            old = p.router.sas()
            _nothing_lost(p, "IPsec SAs renewed by our router", begin, lambda: _fresh(p, old), 60)
    finally:
        for s in filler:
            s.stop(0)
        more.close()


def rekey_ike_ours(p):
    """An IKE SA of ours that lives for a minute; made by us, so that we renew it."""
    if p.role != "initiator":
        raise Skipped("who began an IKE SA renews it")
    p.router.configure("crypto isakmp policy 10", "lifetime 60")
    p.router.type("clear crypto session")
    p.establish()
    old = _ike_numbers(p)
    _nothing_lost(p, "IKE SA renewed by our router", lambda: None, lambda: _ike_numbers(p) - old and _ike_numbers(p) != old, 70)
    p.router.configure("crypto isakmp policy 10", f"lifetime {p.suite.ike_life}")
    p.router.type("clear crypto session")
    p.establish()


def lifetimes(p):
    """Each end has lifetimes of its own, and who has the shorter one renews in time: twice, and the IKE SA if that is short."""
    s = p.suite
    if s.life == s.life_theirs:
        raise Skipped("lifetimes are alike in this suite")
    seen, ike = [set(p.router.sas())], _ike_numbers(p)

    def renewed():
        now = set(p.router.sas())
        if not now & seen[-1] and _fresh(p, seen[-1]):
            seen.append(now)
        return len(seen) > 2 and (s.ike_life_theirs >= 14400 or _ike_numbers(p) - ike)

    _nothing_lost(p, "SAs renewed twice at their times", lambda: None, renewed, 3 * max(min(s.life, s.life_theirs), 120))


def dpd(p):
    """Each end asks, and is answered: our debug tells of both."""
    p.router.type("debug crypto isakmp")
    mark = p.router.mark()
    try:
        def both():
            said = p.router.said_since(mark)
            return "DPD/R_U_THERE_ACK received" in said and "DPD/R_U_THERE received" in said
        until("R_U_THERE both ways, and its answers", both, p.suite.dpd * 2 + 10)
    finally:
        p.router.type("undebug all")


def delete_child_theirs(p):
    # One that the peer had let go before, as strongSwan does with those that hang on an IKE SA that we end, is not told of any more.
    held = set(p.peer.inbound())
    old = {pair for pair in p.router.sas() if pair[1] in held}
    p.peer.delete_child()
    until("our router has none of the SAs that the peer deleted", lambda: not old & set(p.router.sas()), 10)
    p.establish()


def delete_ike_theirs(p):
    old = _ike_numbers(p)
    p.peer.delete_ike()
    until("our router has not the IKE SA that the peer deleted", lambda: not old & _ike_numbers(p), 10)
    if not p.peer.sas():
        p.router.type("clear crypto sa")
    p.establish()


def delete_ours(p):
    """clear crypto session: DELETEs for all, on the IKE SA that goes last."""
    old = set(p.peer.sas())
    p.router.type("clear crypto session")
    until("the peer has none of the SAs that we deleted", lambda: not old & set(p.peer.sas()), 10)
    p.establish()


def _heals(p, what, deed):
    """After deed, which takes our SAs away without a word to the peer: the message, and then the same SAs at both ends.  An end that makes
    new ones within milliseconds may get no packet by those that are gone; then there is nothing to log, and that is said."""
    mark, before = p.router.mark(), _unknown(p)
    starts = p.router.starts
    stream = Stream(p.ends, pace=0.004)
    try:
        await_flow(stream, 5)
        deed()
        until(f"{what}: both ends hold the same SAs", p.agree, 20 + p.patience)
        await_flow(stream, p.patience)
    finally:
        stream.stop()
    came = _unknown(p) - (before if p.router.starts == starts else 0)
    if came and INVALID not in p.router.said_since(mark):
        raise Failed(f"the peer sent {came} packets by SAs that we had no more, and {INVALID} was not logged")
    return None if came else "new SAs were there before a packet came by the old ones"


def clear_ours(p):
    """clear crypto isakmp and clear crypto sa, and the DELETEs are lost: the peer goes on sending by SAs that are not there."""
    return _heals(p, "our clearing", lambda: p.router.clear_all(told=False))


def killed_ours(p):
    def deed():
        p.router.stop(kill=True)
        p.start_router()
    return _heals(p, "our router killed and started again", deed)


def restarted(p):
    """The peer is killed and started again: it brings the tunnel up anew, or our traffic does."""
    p.peer.kill()
    p.peer.start()
    if p.role == "responder" or not p.suite.recovery:
        until("the peer that came back says that its SAs are up", p.peer.initiate, 40)
    until("a packet through the tunnel", lambda: p.reach(limit=1.0), 20 + p.patience)
    until("both ends hold the same SAs", p.agree, 40)


CHECKS = [("up", up), ("ping", pings), ("1,000 datagrams, counters", datagrams), ("rekey phase 2, theirs", rekey_child_theirs),
          ("rekey phase 1, theirs", rekey_ike_theirs), ("rekey phase 2, ours", rekey_child_ours), ("rekey phase 1, ours", rekey_ike_ours),
          ("lifetimes that differ", lifetimes), ("DPD", dpd),
          ("delete phase 2, theirs", delete_child_theirs), ("delete phase 1, theirs", delete_ike_theirs), ("delete, ours", delete_ours),
          ("clear, ours: Invalid SPI", clear_ours), ("they are killed", restarted), ("we are killed: Invalid SPI", killed_ours)]
SHORT = ("up", "ping", "1,000 datagrams, counters", "rekey phase 2, theirs", "rekey phase 1, theirs", "delete, ours", "clear, ours: Invalid SPI")
