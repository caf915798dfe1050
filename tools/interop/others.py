"""ike-scan against our router, vpnc against our EzVPN server, and a strongSwan that wants to be an XAUTH user."""
import os
import re
import signal
import time

from ours import INSIDE, WIRE, Router
from pairing import Pairing
from strongswan import Native
from suite import BASE, GATEWAY, HOST, LAN, OURS4, PEER4
from traffic import ping
from wire import Failed, Skipped, run, until

EZVPN = """service timestamps log datetime msec
hostname Router1
no ip domain lookup
logging buffered 1000000
crypto logging session
crypto logging ezvpn
aaa new-model
aaa authentication login default none
aaa authentication login USERS local
aaa authorization network GROUPS local
username anna password 0 Anna-Pass-1
crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 2
crypto isakmp keepalive 10 2 periodic
crypto isakmp client configuration group OFFICES
 key Group-Key-1
 dns 198.18.1.53
 pool OFFICES
 acl CENTRE
 save-password
crypto ipsec transform-set TS esp-aes 256 esp-sha-hmac
 mode tunnel
crypto dynamic-map CLIENTS 10
 set transform-set TS
 reverse-route
crypto map VPN client authentication list USERS
crypto map VPN isakmp authorization list GROUPS
crypto map VPN client configuration address respond
crypto map VPN 10 ipsec-isakmp dynamic CLIENTS
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
 crypto map VPN
 no shutdown
interface GigabitEthernet0/1
 ip address 198.18.1.1 255.255.255.0
 no shutdown
ip local pool OFFICES 198.18.30.1 198.18.30.100
ip access-list extended CENTRE
 permit ip 198.18.1.0 0.0.0.255 any
end
"""


class Client:
    """Our router with a configuration of its own, and an empty namespace on the wire for somebody else's program."""

    def __init__(self, box, inspire, tools, package, config):
        self.tools, self.package, self.dir = tools, package, box.dir
        said = run(f"{tools}/peers.sh", "path", package, check=False).strip()
        if said.startswith("peers:"):
            raise Skipped(said.removeprefix("peers: "))
        with open(f"{said}/version") as f:
            self.version = f"{package} {f.read().strip()}"
        self.place, self.lan, self.there = (box.place(word) for word in "rhp")
        box.wire(self.place, WIRE, self.there, WIRE)
        box.wire(self.place, INSIDE, self.lan, "lan0")
        for device in (WIRE, INSIDE):
            self.place.no_ip(device)
        self.lan.address("lan0", f"{HOST}/24")
        self.lan.ip("route", "add", "default", "via", GATEWAY)
        self.there.address(WIRE, f"{PEER4}/24")
        self.router = Router(inspire, self.place, box.dir)
        self.router.text = config
        self.router.start(BASE)

    def command(self, *words):
        return [f"{self.tools}/peers.sh", "run", self.package, *words]


def _held(rows, check, condition, why):
    rows.append({"check": check, "result": "ok" if condition else "failed", **({} if condition else {"why": str(why)[-800:]})})


def ike_scan(box, args, tools):
    c = Client(box, args.inspire, tools, "ike-scan", None)
    rows = []

    def scan(*words):
        return c.there.run(*c.command("ike-scan", "--retry=2", "--timeout=2000", "--multiline", *words, OURS4), timeout=60)

    said = scan("--trans=7/128,2,1,14", "--sport=0")
    _held(rows, "a proposal that is ours is chosen", "Main Mode Handshake returned" in said and "Group=14:modp2048" in said, said)
    said = scan("--trans=7/128,2,1,14", "--sport=0", "--vendor=4a131c81070358455c5728f20e95452f")
    _held(rows, "NAT-T's vendor id is answered with it", "4a131c81070358455c5728f20e95452f" in said, said)
    said = scan("--trans=5,1,1,2", "--sport=0")
    _held(rows, "a proposal that is not ours is refused", "NO-PROPOSAL-CHOSEN" in said or "14 (NO" in said or "0 returned handshake" in said, said)
    aggressive = ("--aggressive", "--id=nobody", "--trans=7/128,2,1,14", "--dhgroup=14", "--sport=0")
    said = scan(*aggressive)
    _held(rows, "aggressive mode is answered with our vendor ids", "Aggressive Mode Handshake returned" in said and "Dead Peer Detection v1.0" in said, said)
    c.router.configure("crypto isakmp aggressive-mode disable")
    said = scan(*aggressive)
    _held(rows, "and not where it is disabled", "Aggressive Mode Handshake returned" not in said, said)
    _held(rows, "which is counted", c.router.numbers("show crypto isakmp statistics").get("aggressive mode, which is disabled", 0) > 0, "not counted")
    before = _rss(c.router)
    for _ in range(3):
        run(*c.there.command(*c.command("ike-scan", "--retry=1", "--timeout=200", "--interval=1000u", "--trans=7/128,2,1,14", "--random", "--sport=0",
                                        "--file=-")), input=f"{OURS4}\n" * 2000, check=False, timeout=120)
    said = scan("--trans=7/128,2,1,14", "--sport=0")
    calls = c.router.show("show crypto call admission statistics")
    _held(rows, "a flood does no harm: memory", _rss(c.router) - before < 20000, f"{before} kB before, {_rss(c.router)} kB after")
    _held(rows, "a flood does no harm: half-open SAs are bounded",
          int(re.search(r"negotiating: +(\d+)", calls)[1]) <= 256, calls)
    rows[0]["version"] = c.version
    c.router.stop()
    return rows


def _rss(router):
    with open(f"/proc/{router.process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


SCRIPT = """#!/bin/sh
[ "$reason" = connect ] || exit 0
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip link set "$TUNDEV" up mtu 1390
ip route add {lan} dev "$TUNDEV" src "$INTERNAL_IP4_ADDRESS"
echo "$INTERNAL_IP4_ADDRESS $INTERNAL_IP4_DNS" >{dir}/lent.new
mv {dir}/lent.new {dir}/lent
"""


def vpnc(box, args, tools):
    c = Client(box, args.inspire, tools, "vpnc", EZVPN)
    rows = []
    with open(f"{c.dir}/script", "w") as f:
        f.write(SCRIPT.format(dir=c.dir, lan=LAN))
    os.chmod(f"{c.dir}/script", 0o755)

    def client(password):
        with open(f"{c.dir}/ez.conf", "w") as f:
            f.write(f"IPSec gateway {OURS4}\nIPSec ID OFFICES\nIPSec secret Group-Key-1\nIKE Authmode psk\nXauth username anna\n"
                    f"Xauth password {password}\nIKE DH Group dh2\nNAT Traversal Mode natt\nInterface name tunv\nNo Detach\n"
                    f"Script {c.dir}/script\nPidfile {c.dir}/vpnc.pid\nLocal Port 0\n")
        return c.there.start(*c.command("vpnc", "--non-inter", f"{c.dir}/ez.conf"), log=f"{c.dir}/vpnc.log")

    def log():
        with open(f"{c.dir}/vpnc.log", errors="replace") as f:
            return f.read()

    process = client("wrong")
    try:
        until("vpnc with a wrong password ends", lambda: process.poll() is not None, 40)
    except Failed:
        process.kill()
    _held(rows, "a wrong password is refused", not os.path.exists(f"{c.dir}/lent") and "password" in log() and not c.router.sas(), log())
    process = client("Anna-Pass-1")
    try:
        until("vpnc has an address", lambda: os.path.exists(f"{c.dir}/lent") or process.poll() is not None, 40)
        lent = open(f"{c.dir}/lent").read().split() if os.path.exists(f"{c.dir}/lent") else ["none", "none"]
        _held(rows, "up: an address of our pool, and the DNS", lent == ["198.18.30.1", "198.18.1.53"], f"{lent} {log()}")
        if lent[0] != "none":
            until("a packet through vpnc's tunnel", lambda: ping(c.there, lent[0], HOST, 1), 15)
            _held(rows, "ping", ping(c.there, lent[0], HOST, 5) == 5, "not all five answered")
        users = c.router.show("show crypto session")
        _held(rows, "our session has the user", "anna" in users, users)
        process.send_signal(signal.SIGINT)
        process.wait(15)
        until("our router has no SAs when vpnc has ended", lambda: not c.router.sas() and not c.router.ike_up(), 30)
        rows.append({"check": "vpnc's end takes the SAs away", "result": "ok"})
    except Failed as e:
        rows.append({"check": "vpnc", "result": "failed", "why": f"{e}: {log()[-500:]} {c.router.said()[-500:]}"})
    rows[0]["version"] = c.version
    c.router.stop()
    return rows


def xauth(box, args, tools):
    """strongSwan offers XAUTH and waits to be asked for a user; our router has none of it configured."""
    rows = []
    p = Pairing(box, args.inspire, tools, Native.name, BASE.but(xauth="anna"), "responder")
    p.begin()
    began = time.monotonic()
    up = p.peer.initiate()
    _held(rows, "XAUTH is refused where it is not configured", not up and not p.router.sas(), p.peer.log()[-600:])
    _held(rows, "and at once", time.monotonic() - began < 35, "it took over 35 s")
    _held(rows, "no proposal was acceptable, and it is counted",
          p.router.numbers("show crypto isakmp statistics").get("no offer was acceptable", 0) > 0 or "NO_PROP" in p.peer.log(), p.peer.log()[-900:])
    p.end()
    return rows
