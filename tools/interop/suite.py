"""Suites: what both ends of a pairing are configured for, and how our router says it."""
from dataclasses import dataclass, replace

OURS4, PEER4 = "192.0.2.1", "192.0.2.2"
OURS6, PEER6 = "2001:db8::1", "2001:db8::2"
LAN = "198.18.1.0/24"           # behind our router
HOST = "198.18.1.10"            # a host there
GATEWAY = "198.18.1.1"          # our router to it
PEER_LAN = "198.18.2.0/24"      # behind the peer
PEER_HOST = "198.18.2.10"       # a host there, or the peer itself
LAN6, HOST6, GATEWAY6 = "2001:db8:1::/64", "2001:db8:1::10", "2001:db8:1::1"
PEER_LAN6, PEER_HOST6 = "2001:db8:2::/64", "2001:db8:2::10"
KEY = "Interop-Key-1"
OURS_NAME, PEER_NAME = "router.interop.example", "peer.interop.example"

GROUPS = {1: "modp768", 2: "modp1024", 5: "modp1536", 14: "modp2048", 15: "modp3072", 16: "modp4096", 19: "ecp256", 20: "ecp384",
          21: "ecp521", 24: "modp2048s256"}


@dataclass(frozen=True)
class Suite:
    name: str
    mode: str = "main"              # aggressive
    auth: str = "psk"               # rsa
    cipher: str = "aes128"          # aes192 aes256 3des
    hash: str = "sha1"              # md5 sha256 sha384 sha512
    group: int = 14
    pfs: int = 0                    # a group, or 0 = without
    esp: str = "aes128"             # aes192 aes256 3des null aes128gcm aes256gcm
    integrity: str = "sha1"         # of ESP, unless the cipher does it: md5 sha1 sha256 sha384 sha512
    ah: bool = False                # AH by that integrity, and no ESP
    esn: bool = False               # sequence numbers of 64 bits
    tfc: int = 0                    # bytes that the peer pads what is short to, 0 = not
    transport: bool = False         # of GRE: a tunnel of its own between the two
    natt: bool = True               # ESP in UDP; a peer that can only do that pretends to see a translator
    outer: int = 4
    inner: int = 4
    vti: bool = False               # a static VTI instead of a crypto map: any to any
    ike_life: int = 86400           # seconds, at our side
    life: int = 3600                # seconds that our IPsec SAs live
    life_theirs: int = 3600         # after which the peer renews its own
    ike_life_theirs: int = 14400
    volume: int = 0                 # kilobytes that our IPsec SAs live, 0 = by time alone
    dpd: int = 0                    # seconds between our asking whether the peer is alive, 0 = off
    dpd_theirs: int = 0             # the same of the peer
    recovery: bool = False          # crypto isakmp invalid-spi-recovery
    xauth: str = ""                 # a peer that wants to be a user, which we are not configured for

    @property
    def ours(self):
        return OURS4 if self.outer == 4 else OURS6

    @property
    def peer(self):
        return PEER4 if self.outer == 4 else PEER6

    @property
    def host(self):
        return HOST if self.inner == 4 else HOST6

    @property
    def peer_host(self):
        return PEER_HOST if self.inner == 4 else PEER_HOST6

    @property
    def tunnelled(self):
        """Traffic goes by Tunnel0, not by a crypto map."""
        return self.vti or self.transport

    def but(self, **changes):
        return replace(self, **changes)

    def describe(self):
        esp = self.esp if "gcm" in self.esp else f"{self.esp}-{self.integrity}"
        words = [self.mode, self.auth, f"{self.cipher}-{self.hash}-g{self.group}", f"AH {self.integrity}" if self.ah else esp,
                 f"PFS g{self.pfs}" if self.pfs else "no PFS", "transport" if self.transport else "tunnel",
                 "UDP" if self.natt else "plain", f"IPv{self.inner} in IPv{self.outer}",
                 "VTI" if self.vti else "GRE" if self.transport else "map"]
        words += [f"TFC {self.tfc}"] * bool(self.tfc) + ["ESN"] * self.esn
        if (self.life, self.life_theirs) != (3600, 3600):
            words.append(f"lifetimes {self.life} and {self.life_theirs} s")
        return ", ".join(words)


BASE = Suite("base")
SUITES = [
    BASE,
    Suite("aes256-sha256", cipher="aes256", hash="sha256", group=14, pfs=14, esp="aes256", integrity="sha256"),
    Suite("ecp256", cipher="aes128", hash="sha256", group=19, pfs=19, esp="aes128", integrity="sha256"),
    Suite("ecp384", cipher="aes256", hash="sha384", group=20, pfs=20, esp="aes256", integrity="sha384"),
    Suite("ecp521", cipher="aes256", hash="sha512", group=21, pfs=21, esp="aes192", integrity="sha512"),
    Suite("3des-md5", cipher="3des", hash="md5", group=2, pfs=2, esp="3des", integrity="md5"),
    Suite("modp1536", cipher="aes192", hash="sha1", group=5, pfs=5, esp="aes192", integrity="sha1"),
    Suite("modp3072", cipher="aes256", hash="sha256", group=15, pfs=15, esp="aes256", integrity="sha1"),
    Suite("modp4096", cipher="aes256", hash="sha256", group=16, pfs=16, esp="aes256", integrity="sha256"),
    Suite("modp2048s256", cipher="aes256", hash="sha256", group=24, pfs=24, esp="aes256", integrity="sha256"),
    Suite("gcm", cipher="aes256", hash="sha256", group=19, pfs=19, esp="aes256gcm"),
    Suite("null", cipher="aes128", hash="sha1", group=14, esp="null", integrity="sha1"),
    Suite("aggressive", mode="aggressive", cipher="aes256", hash="sha1", group=14),
    Suite("rsa", auth="rsa", cipher="aes256", hash="sha256", group=14, pfs=14, esp="aes256", integrity="sha256"),
    Suite("rsa-aggressive", auth="rsa", mode="aggressive", cipher="aes256", hash="sha256", group=14),
    Suite("raw-esp", natt=False),
    Suite("raw-gcm", natt=False, cipher="aes256", hash="sha256", group=19, pfs=19, esp="aes256gcm"),
    Suite("raw-sha512", natt=False, cipher="aes256", hash="sha512", group=16, pfs=14, esp="aes256", integrity="sha512"),
    Suite("raw-rsa", natt=False, auth="rsa", cipher="aes256", hash="sha256", group=14, pfs=14, esp="aes256gcm"),
    Suite("esn", natt=False, cipher="aes256", hash="sha256", esp="aes256", integrity="sha256", esn=True),
    Suite("tfc", natt=False, tfc=1200),
    Suite("lifetimes", natt=False, life=150, life_theirs=60, ike_life_theirs=100),
    Suite("lifetimes-ours", natt=False, life=120),
    Suite("ah", natt=False, ah=True, integrity="sha256"),
    Suite("ah-transport", natt=False, ah=True, integrity="sha1", transport=True),
    Suite("ah-ipv6", natt=False, ah=True, integrity="sha256", outer=6, inner=6, vti=True),
    Suite("transport", natt=False, transport=True),
    Suite("transport-udp", natt=True, transport=True),
    Suite("transport-gcm", natt=False, transport=True, cipher="aes256", hash="sha256", pfs=14, esp="aes128gcm"),
    Suite("transport-inner6", natt=False, transport=True, inner=6),
    Suite("vti", vti=True),
    Suite("raw-vti", natt=False, vti=True),
    Suite("raw-inner6", natt=False, vti=True, inner=6),
    Suite("udp-ipv6", outer=6, vti=True),
    Suite("udp-ipv6-gcm", cipher="aes256", hash="sha256", group=19, pfs=19, esp="aes256gcm", outer=6, vti=True),
    Suite("raw-ipv6", natt=False, outer=6, vti=True),
    Suite("raw-ipv6-inner6", natt=False, outer=6, inner=6, vti=True),
]


def named(name):
    return next(s for s in SUITES if s.name == name)


# How IOS says it.

_ENCR = {"aes128": "aes", "aes192": "aes 192", "aes256": "aes 256", "3des": "3des"}
_HASH = {"md5": "md5", "sha1": "sha", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def _transform(suite):
    if suite.ah:
        return f"ah-{'sha' if suite.integrity == 'sha1' else suite.integrity}-hmac"
    if suite.esp.endswith("gcm"):
        return f"esp-gcm {suite.esp[3:6]}"
    cipher = {"3des": "esp-3des", "null": "esp-null"}.get(suite.esp) or "esp-" + _ENCR[suite.esp]
    return f"{cipher} esp-{_HASH[suite.integrity]}-hmac"


def _mask(net):
    return net.replace("/24", " 0.0.0.255").replace("/32", " 0.0.0.0")


def _isakmp(s):
    yield "crypto isakmp policy 10"
    yield f" encr {_ENCR[s.cipher]}"
    yield f" hash {_HASH[s.hash]}"
    yield f" authentication {'pre-share' if s.auth == 'psk' else 'rsa-sig'}"
    yield f" group {s.group}"
    yield f" lifetime {s.ike_life}"
    if s.auth == "psk":
        yield f"crypto isakmp key {KEY} address " + (f"{PEER4}" if s.outer == 4 else f"ipv6 {PEER6}/128")
    else:
        yield "crypto isakmp identity dn"
    if s.recovery:
        yield "crypto isakmp invalid-spi-recovery"
    if s.dpd:
        yield f"crypto isakmp keepalive {s.dpd} 2 periodic"
    if s.mode == "aggressive" or s.tunnelled:
        if s.auth == "rsa":
            yield "crypto pki certificate map PEERS 10"
            yield f" subject-name co {PEER_NAME}"
        yield "crypto isakmp profile PEER"
        if s.auth == "rsa":
            yield "   match certificate PEERS"
        yield "   match identity address " + (f"{PEER4} 255.255.255.255" if s.outer == 4 else f"ipv6 {PEER6}/128")
        if s.mode == "aggressive":
            yield "   initiate mode aggressive"


def _ipsec(s):
    if s.life != 3600:
        yield f"crypto ipsec security-association lifetime seconds {s.life}"
    if s.volume:
        yield f"crypto ipsec security-association lifetime kilobytes {s.volume}"
    yield f"crypto ipsec transform-set TS {_transform(s)}"
    yield f" mode {'transport' if s.transport else 'tunnel'}"
    if s.esn:
        yield " esn"
    if s.tunnelled:
        yield "crypto ipsec profile VTI"
        yield " set transform-set TS"
        yield " set isakmp-profile PEER"
    else:
        yield "crypto map MAP 10 ipsec-isakmp"
        yield f" set peer {PEER4}"
        yield " set transform-set TS"
        if s.mode == "aggressive":
            yield " set isakmp-profile PEER"
        yield " match address PROTECTED"
    if s.pfs:
        yield f" set pfs group{s.pfs}"


def _interfaces(s):
    yield "interface GigabitEthernet0/0"
    yield f" ip address {OURS4} 255.255.255.0"
    yield f" ipv6 address {OURS6.upper()}/64"
    if not s.tunnelled:
        yield " crypto map MAP"
    yield " no shutdown"
    yield "interface GigabitEthernet0/1"
    yield f" ip address {GATEWAY} 255.255.255.0"
    if s.inner == 6:
        yield f" ipv6 address {GATEWAY6.upper()}/64"
    yield " no shutdown"
    if s.tunnelled:
        yield "interface Tunnel0"
        yield " ip unnumbered GigabitEthernet0/1"
        if s.inner == 6:
            yield " ipv6 enable"
        yield " tunnel source GigabitEthernet0/0"
        if s.vti:
            yield f" tunnel mode ipsec ipv{s.outer}" + (f" v{s.inner}-overlay" if s.inner != s.outer else "")
        yield f" tunnel destination {s.peer.upper()}"
        yield " tunnel protection ipsec profile VTI"
        if s.inner == 6:
            yield f"ipv6 route {PEER_LAN6.upper()} Tunnel0"
        else:
            yield f"ip route {PEER_LAN.split('/')[0]} 255.255.255.0 Tunnel0"
    else:
        yield f"ip route {PEER_LAN.split('/')[0]} 255.255.255.0 {PEER4}"


def _list(s):
    if s.tunnelled:
        return
    yield "ip access-list extended PROTECTED"
    yield f" permit ip {_mask(LAN)} {_mask(PEER_LAN)}"


def ios(suite, more=()):
    """The whole configuration of our router."""
    lines = ["service timestamps log datetime msec", "hostname Router1", "no ip domain lookup", "ipv6 unicast-routing",
             "logging buffered 1000000", "crypto logging session"]
    for part in (_isakmp, _ipsec, _interfaces, _list):
        lines += part(suite)
    return "\n".join([*lines, *more, "end", ""])
