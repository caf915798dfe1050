"""Peers whose ESP is a Linux kernel's: strongSwan and libreswan in a user-mode Linux guest (guest.py).

The guest is a gateway: vec0 is on the wire to our router, vec1 on one to a namespace `host`, where the sockets of the checks
live.  Neither has an address in our own kernel's hands.  Raw ESP, transport mode and AH are at home here.
"""
import os
import re

import esp
import strongswan
from ca import authority
from guest import Guest, trees
from peer import WIRE, Peer
from strongswan import PLUGINS, connection, newest, read_sas
from suite import KEY, LAN, LAN6, OURS_NAME, PEER4, PEER6, PEER_HOST, PEER_HOST6, PEER_LAN, PEER_NAME
from wire import Failed, Skipped, run

INSIDE, INSIDE6 = "198.18.2.1", "2001:db8:2::1"     # the guest, seen from the host behind it
WHACK = "/usr/libexec/ipsec/whack --rundir /run/pluto"

def algorithms(suite):
    """A suite's ESP or AH as `ip xfrm state add` says it, with keys that are no secret."""
    def key(bits):
        return "0x" + "a5" * (bits // 8)
    bits = {"aes192": 192, "aes256": 256, "3des": 192}.get(suite.esp, 128)
    if suite.esp.endswith("gcm"):
        return f"aead 'rfc4106(gcm(aes))' {key(int(suite.esp[3:6]) + 32)} 128"
    digest, cut = {"md5": (128, 96), "sha1": (160, 96), "sha256": (256, 128), "sha384": (384, 192), "sha512": (512, 256)}[suite.integrity]
    auth = f"auth-trunc 'hmac({suite.integrity})' {key(digest)} {cut}"
    if suite.ah:
        return auth
    if suite.esp == "null":
        return f"enc ecb(cipher_null) '' {auth}"
    # keys of 3DES that are one and the same are refused
    cipher, secret = ("des3_ede", "0x" + "0123456789abcdef" "1123456789abcdef" "2123456789abcdef") if suite.esp == "3des" else ("aes", key(bits))
    return f"enc 'cbc({cipher})' {secret} {auth}"


def read_states(text, local):
    """Of `ip -s xfrm state`: the SAs with keys towards and from an address, each as (SPI, packets)."""
    ways = {"in": [], "out": []}
    for block in re.split(r"^(?=src )", text, flags=re.M):
        m = re.match(r"src (\S+) dst (\S+)\n\s+proto (?:esp|ah) spi 0x([0-9a-f]+)", block)
        if m is None or not re.search(r"^\s+(?:enc|aead|auth|auth-trunc) ", block, re.M):
            continue
        packets = re.search(r"lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)", block)
        ways["in" if m[2] == local else "out"].append((int(m[3], 16), int(packets[1]) if packets else 0))
    return ways


class Kernel(Peer):
    """The guest, without a daemon yet."""
    settle = 10.0
    raw = True
    short_suite = "raw-esp"
    more_checks = esp.CHECKS
    long_checks = ("ESP: read by tshark",)

    def prepare(self):
        self.suite = None
        self.place.ip("addr", "flush", "dev", WIRE)
        self.place.no_ip(WIRE)
        self.host = self.box.place("uh")
        self.box.wire(self.place, "in0", self.host, "in0")
        self.place.no_ip("in0")
        self.host.finish("in0")
        self.host.address("in0", f"{PEER_HOST}/24", f"{PEER_HOST6}/64")
        self.host.ip("route", "add", "default", "via", INSIDE)
        self.host.ip("-6", "route", "add", "default", "via", INSIDE6)
        self.guest = Guest(self.place, self.dir, trees(self.tools, self.packages), f"{self.box.prefix}{self.name[4:]}")
        self.guest.wire(WIRE, "02:00:00:00:02:02")
        self.guest.wire("in0", "02:00:00:00:02:03")
        self.guest.boot()
        self.guest.run(f"""
            set -e
            for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done
            echo 1 >/proc/sys/net/ipv4/ip_forward
            echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
            for dev in vec0 vec1; do echo 0 >/proc/sys/net/ipv6/conf/$dev/accept_dad; ip link set $dev up; done
            ip addr add {PEER4}/24 dev vec0
            ip addr add {PEER6}/64 dev vec0 nodad
            ip addr add {INSIDE}/24 dev vec1
            ip addr add {INSIDE6}/64 dev vec1 nodad""")

    def kernel(self):
        return self.guest.run("uname -sr").strip()

    def package(self, name):
        folder = run(f"{self.tools}/peers.sh", "path", name).strip()
        with open(f"{folder}/version") as f:
            return f.read().strip()

    def warm_up(self, suite):
        """An SA made and taken away again: the kernel looks for an algorithm's parts the first time, for up to a second."""
        sa = f"src 127.0.0.2 dst 127.0.0.3 proto {'ah' if suite.ah else 'esp'} spi 0x1001"
        self.guest.try_run(f"ip xfrm state add {sa} mode tunnel {algorithms(suite)}\nip xfrm state delete {sa}")

    def route(self, suite):
        """The way to our LAN, which policies are met on."""
        self.suite = suite
        self.warm_up(suite)
        via = f"via {suite.ours} dev vec0" if suite.outer == 4 else "dev vec0"
        if suite.transport:
            via = "dev gre1"
            kind = "gre" if suite.outer == 4 else "ip6gre"
            # What this kernel's GRE adds it counts, what ESP adds after that it does not: the usual 1,400.
            self.guest.run(f"ip link show gre1 >/dev/null 2>&1 || ip link add gre1 type {kind} local {suite.peer} remote {suite.ours} tos inherit\n"
                           "ip link set gre1 mtu 1400 up")
        elif suite.vti:
            via = "dev sealed"
            kind = "vti" if suite.outer == 4 else "vti6"
            # A mark of its own: the policy is any to any, and would be met on other ways too.
            self.guest.run(f"ip link show sealed >/dev/null 2>&1 || ip link add sealed type {kind} local {suite.peer} remote {suite.ours} key 1\n"
                           "ip link set sealed mtu 1400 up; for f in /proc/sys/net/ipv*/conf/sealed/disable_policy; do echo 1 >$f; done\n"
                           "echo 0 >/proc/sys/net/ipv4/conf/sealed/rp_filter")
        self.guest.run(f"ip route replace {LAN} {via} src {INSIDE}" if suite.inner == 4 else
                       f"ip -6 route replace {LAN6} {via} src {INSIDE6}")

    def spawn(self, command, log):
        self.guest.run(f"rm -f /run/daemon.pid; setsid {command} >{log} 2>&1 </dev/null & echo $! >/run/daemon.pid")

    def ready(self, test, what, tries=150):
        """Asked in the guest, ten times a second."""
        status, said = self.guest.try_run(f"""i=0
            while ! {test}; do
                kill -0 $(cat /run/daemon.pid) 2>/dev/null || exit 2
                i=$((i + 1)); [ $i -lt {tries} ] || exit 3
                sleep 0.1
            done""")
        if status != 0:
            raise Failed(f"{what} {'has ended' if status == 2 else 'is not ready'}: {said.strip()[-300:]} {self.log()[-300:]}")

    def _end(self, signal):
        self.guest.run(f"""[ -f /run/daemon.pid ] || exit 0
            pid=$(cat /run/daemon.pid); rm -f /run/daemon.pid; kill -{signal} $pid 2>/dev/null || exit 0
            i=0; while kill -0 $pid 2>/dev/null && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.1; done
            ! kill -0 $pid 2>/dev/null""")

    def stop(self):
        self._end("TERM")
        self.flush()

    def kill(self):
        self._end("KILL")
        self.flush()

    def flush(self):
        """The kernel's SAs and policies go, and nobody is told."""
        self.guest.run("ip xfrm state flush; ip xfrm policy flush")

    def flush_states(self):
        """The SAs alone: the daemon goes on believing in them."""
        self.guest.run("ip xfrm state flush")

    def deaf(self, deed):
        """What the guest sends meanwhile goes to an Ethernet address that nobody has."""
        to = self.suite.ours
        self.guest.run(f"ip neigh replace {to} lladdr 02:00:00:00:00:99 dev vec0 nud permanent")
        try:
            deed()
        finally:
            self.guest.run(f"ip neigh del {to} dev vec0")

    def states(self):
        return read_states(self.guest.run("ip -s xfrm state"), self.suite.peer)

    def sas(self):
        both = self.states()
        return [(i[0], o[0]) for i, o in zip(both["in"], both["out"])]

    def counters(self):
        both = self.states()
        return sum(s[1] for s in both["in"]), sum(s[1] for s in both["out"])

    def drops(self):
        """The kernel's own counts of packets that IPsec dropped, those that are not zero."""
        return {name: int(n) for name, n in re.findall(r"^(\w+)\s+(\d+)$", self.guest.run("cat /proc/net/xfrm_stat"), re.M) if n != "0"}

    def inbound(self):
        return [spi for spi, _ in self.states()["in"]]

    def not_yet(self):
        """Of an SA that is not there, or of one whose SPI its daemon has reserved, and nothing more yet."""
        drops = self.drops()
        return drops.get("XfrmInNoStates", 0) + drops.get("XfrmAcquireError", 0)

    def dropped(self):
        """By IPsec; by the sockets of its wires; by its interfaces and its IP."""
        return f"{self.drops()}\nno room in the sockets of its wires: {self.guest.overrun()}\n" + \
            self.guest.run("ip -s link show vec0; ip -s link show vec1; grep ^Ip: /proc/net/snmp; grep Discards /proc/net/snmp6")


STRONGSWAN = """charon-systemd {{
  load = {plugins}
  threads = 16
  install_routes = no
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  plugins {{
    vici {{ socket = unix:///run/vici.sock }}
    openssl {{ load_legacy = yes }}
  }}
  filelog {{ log {{ path = /run/charon.log
    time_format = %T
    append = yes
    flush_line = yes
    default = 1
    ike = 2
    knl = 1 }} }}
}}
swanctl {{ load = pem pkcs1 pkcs8 x509 pubkey openssl random }}
"""


class StrongSwan(Kernel):
    name = "uml-strongswan"

    def cannot(self, suite):
        return "it pads ESP in version 2 only" if suite.tfc else None

    packages = ("uml", "strongswan")
    remarks = strongswan.REMARKS
    recipe = {"start_action": "trap|start"}     # a kernel asks for SAs that are gone

    def version(self):
        return f"strongSwan {self.package('strongswan')}, ESP of {self.kernel()} (user-mode)"

    def configure(self, suite, recipe=None):
        self.route(suite)
        self.guest.run("mkdir -p /run/swanctl/x509 /run/swanctl/x509ca /run/swanctl/private")
        self.guest.write("/run/strongswan.conf", STRONGSWAN.format(plugins=PLUGINS.format(kernel="kernel-netlink")))
        text = connection(suite, recipe)
        if suite.vti:
            text = text.replace("mode = tunnel", "mode = tunnel\nmark_in = 1\nmark_out = 1")
        self.guest.write("/run/swanctl/swanctl.conf", text, "600")
        if suite.auth == "rsa":
            folder = f"{self.dir}/swanctl"
            for name in ("x509", "x509ca", "private"):
                os.makedirs(f"{folder}/{name}", exist_ok=True)
            authority(self.box.dir, self.tools).give_swanctl(folder)
            self.guest.run("cp -r /work/swanctl/. /run/swanctl/")
        if self.guest.try_run("[ -f /run/daemon.pid ]")[0] == 0:
            self._load()

    def swanctl(self, words, check=True):
        status, said = self.guest.try_run("STRONGSWAN_CONF=/run/strongswan.conf SWANCTL_DIR=/run/swanctl "
                                          f"swanctl {words} --uri unix:///run/vici.sock", 90)
        if check and status != 0:
            raise Failed(f"swanctl {words}: {said.strip()}")
        return said

    def start(self):
        self.spawn("env STRONGSWAN_CONF=/run/strongswan.conf charon-systemd", "/run/charon.out")
        self.ready("STRONGSWAN_CONF=/run/strongswan.conf swanctl --version --daemon --uri unix:///run/vici.sock >/dev/null 2>&1", "charon")
        self._load()

    def _load(self):
        said = self.swanctl("--load-all --clear")
        if "loaded connection 'c'" not in said:
            raise Failed(f"strongSwan does not take the configuration: {said}")

    def initiate(self):
        return "initiate completed successfully" in self.swanctl("--initiate --child c --timeout 30", check=False)

    def rekey_ike(self):
        self.swanctl(f"--rekey --ike-id {newest(self.swanctl('--list-sas'))}")

    def rekey_child(self):
        self.swanctl("--rekey --child c")

    def delete_child(self):
        self.swanctl("--terminate --child c", check=False)

    def delete_ike(self):
        self.swanctl("--terminate --ike c", check=False)

    def lose(self):
        self.deaf(lambda: (self.swanctl("--terminate --ike c --force", check=False), self.flush_states()))

    def ike_count(self):
        return read_sas(self.swanctl("--list-sas"))[0]

    def log(self):
        return self.guest.run("cat /run/charon.log 2>/dev/null || :")


def conn(suite, recipe=None):
    """A suite as libreswan's configuration says it."""
    recipe = recipe or {}
    groups = {5: "modp1536", 14: "modp2048", 15: "modp3072", 16: "modp4096", 19: "dh19", 20: "dh20", 21: "dh21"}
    hashes = {"md5": "md5", "sha1": "sha1", "sha256": "sha2_256", "sha384": "sha2_384", "sha512": "sha2_512"}
    esp = f"aes_gcm{suite.esp[3:6]}" if suite.esp.endswith("gcm") else f"{suite.esp}-{hashes[suite.integrity]}"
    if suite.ah:
        esp = hashes[suite.integrity]
    names = {"psk": (suite.peer, suite.ours), "rsa": (f'"CN={PEER_NAME}"', f'"CN={OURS_NAME}"')}[suite.auth]
    lines = ["config setup", "\tikev1-policy=accept", "\tuniqueids=yes", "\tlogtime=yes", "conn c", "\tikev2=no", "\tauto=add",
             f"\tauthby={'secret' if suite.auth == 'psk' else 'rsasig'}", f"\taggressive={'yes' if suite.mode == 'aggressive' else 'no'}",
             f"\tleft={suite.peer}", f"\tleftid={names[0]}", f"\tright={suite.ours}", f"\trightid={names[1]}",
             f"\ttype={'transport' if suite.transport else 'tunnel'}", f"\tike={suite.cipher}-{hashes[suite.hash]};{groups[suite.group]}",
             f"\tphase2={'ah' if suite.ah else 'esp'}",
             f"\tphase2alg={esp}" + (f";{groups[suite.pfs]}" if suite.pfs else ""), f"\tpfs={'yes' if suite.pfs else 'no'}",
             f"\tencapsulation={'yes' if suite.natt else 'no'}", "\tleftupdown=%disabled",
             # It says so at each renewal of an IKE SA too, and where both ends began at once; and is taken at its word.
             f"\tinitial-contact={'no' if suite.tunnelled or suite.ike_life_theirs < 14400 else 'yes'}", "\tkeyingtries=1",
             f"\tikelifetime={suite.ike_life_theirs}", f"\tsalifetime={suite.life_theirs}"]
    if suite.life_theirs < 600:
        lines += ["\trekeymargin=10s", "\trekeyfuzz=0%"]
    if suite.tfc:
        lines += [f"\ttfc={suite.tfc}"]
    if suite.auth == "rsa":
        lines += ["\tleftcert=peer", "\tleftrsasigkey=%cert", "\trightrsasigkey=%cert", "\tleftsendcert=always"]
    if suite.transport:
        lines += ["\tleftprotoport=gre", "\trightprotoport=gre"]
    else:
        if suite.vti:
            lines += ["\tmark=1/0xffffffff"]
        anybody = "0.0.0.0/0" if suite.inner == 4 else "::/0"
        left, right = (anybody, anybody) if suite.vti else (PEER_LAN, LAN)
        lines += [f"\tleftsubnet={left}", f"\trightsubnet={right}"]
    if suite.dpd_theirs:
        lines += [f"\tdpddelay={suite.dpd_theirs}", f"\tdpdtimeout={suite.dpd_theirs * 3}", f"\tdpdaction={recipe.get('dpd_action', 'clear')}"]
    return "\n".join(lines) + "\n"


class Libreswan(Kernel):
    name = "uml-libreswan"
    early = True
    packages = ("uml", "libreswan")
    remarks = (("received Delete SA", "it takes our DELETE"), ("DPD action - |DPD: could not find newest phase 1", "it finds us dead"),
               ("IPSEC_INITIAL_CONTACT", "it ignores our INITIAL-CONTACT"))

    def version(self):
        return f"libreswan {self.package('libreswan')}, ESP of {self.kernel()} (user-mode)"

    def cannot(self, suite):
        for group in (suite.group, suite.pfs):
            if group in (1, 2, 22, 23, 24):
                return f"its group {group} is compiled out"
        if suite.esn:
            return "it has ESN in version 2 only"
        if suite.xauth:
            return "no user is configured there"
        return None

    @classmethod
    def fit(cls, suite):
        """In version 1 it has no ECP groups for PFS, and group 2 is compiled out."""
        return suite.but(group=5 if suite.group == 2 else suite.group, pfs={19: 14, 20: 14, 21: 14, 2: 5}.get(suite.pfs, suite.pfs))

    def configure(self, suite, recipe=None):
        self.route(suite)
        self.by_itself = "start" in (recipe or {}).get("start_action", "")
        self.guest.write("/run/ipsec.conf", conn(suite, recipe))
        self.guest.write("/run/ipsec.secrets", f'{suite.peer} {suite.ours} : PSK "{KEY}"', "600")
        if suite.auth == "rsa":
            self.store()
        if self.guest.try_run("[ -f /run/daemon.pid ]")[0] == 0:
            self._load()

    def store(self):
        """The authority's certificate and its own go into NSS's store, with the key."""
        authority(self.box.dir, self.tools).give_nss(f"{self.dir}/nss")
        self.guest.run("""set -e
            [ ! -f /run/nss/cert9.db ] || exit 0
            mkdir -p /run/nss
            certutil -N -d sql:/run/nss --empty-password
            certutil -A -d sql:/run/nss -n ca -t CT,, -a -i /work/nss/ca.pem
            pk12util -i /work/nss/peer.p12 -d sql:/run/nss -W interop -K ''""")

    def whack(self, words, check=True):
        status, said = self.guest.try_run(f"{WHACK} {words}", 90)
        if check and status != 0:
            raise Failed(f"whack {words}: {said.strip()}")
        return said

    def start(self):
        self.guest.run("rm -rf /run/pluto; mkdir -p /run/pluto /run/nss; "
                       "[ -f /run/nss/cert9.db ] || certutil -N -d sql:/run/nss --empty-password")
        self.spawn("/usr/libexec/ipsec/pluto --config /run/ipsec.conf --secretsfile /run/ipsec.secrets --nssdir /run/nss "
                   "--rundir /run/pluto --logfile /run/pluto.log --nofork", "/run/pluto.out")
        # It loads what it finds by itself; a second time would take away what has begun meanwhile.
        self.ready(f"{WHACK} --status 2>/dev/null | grep -q '\"c\":'", "pluto")
        self._load(there=True)

    def _load(self, there=False):
        add = "" if there else "/usr/libexec/ipsec/addconn --config /run/ipsec.conf --ctlsocket /run/pluto/pluto.ctl c; "
        said = self.guest.run(f"{add}{WHACK} --rereadsecrets; {WHACK} --listen")
        if '"c":' not in self.whack("--status"):
            raise Failed(f"libreswan does not take the configuration: {said}")
        if self.by_itself:
            self.whack("--route --name c")
            self.whack("--initiate --asynchronous --name c", check=False)

    def initiate(self):
        """It wants to stay up once it was told so: an attempt of its own may be under way, and is left for a new one."""
        up = "IPsec SA established" in self.whack("--initiate --name c", check=False)
        if not up and not self._states("IPsec SA established"):
            self.whack("--terminate --name c", check=False)
        return up

    def rekey_ike(self):
        raise Skipped("pluto renews an IKE SA of version 1 at the end of its life, not by order")

    def rekey_child(self):
        """One more Quick Mode: there is no other order for it in version 1."""
        if not self.initiate():
            raise Failed("pluto does not renew its IPsec SAs")

    def _states(self, what):
        """Numbers of the states that are in a way described so."""
        return re.findall(rf"#(\d+): \"c\".*{what}", self.whack("--showstates"))

    def delete_child(self):
        for number in self._states("IPsec SA established"):
            self.whack(f"--deletestate {number}", check=False)

    def delete_ike(self):
        self.whack("--terminate --name c", check=False)

    def lose(self):
        self.deaf(lambda: (self.whack("--terminate --name c", check=False), self.flush_states()))

    def ike_count(self):
        return len(self._states("IKE SA established|ISAKMP SA established"))

    def log(self):
        return self.guest.run("cat /run/pluto.log 2>/dev/null || :")


PEERS = {"uml-strongswan": StrongSwan, "uml-libreswan": Libreswan}
