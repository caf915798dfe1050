"""The ends of the handshakes that are counted: a router of ours with a tunnel interface a connection, strongSwan's charon with a
configured connection each.  Neither uses PFS, and both seal for real."""
import os
import signal
import socket
import struct
import subprocess

from handshake_wire import WIRE, addresses, inner, outer
from ours import Router
from strongswan import read_sas
from wire import Failed, Skipped, run, until

KEY = "Handshakes-1"
# Of the group: our words for the hash of both phases, strongSwan's proposals.
SUITES = {14: ("sha", "sha", "aes128-sha1-modp2048", "aes128-sha1"), 19: ("sha256", "sha256", "aes128-sha256-ecp256", "aes128-sha256")}


class End:
    def __init__(self, box, place, end, args, group):
        self.place, self.end, self.n, self.group, self.args = place, end, args.tunnels, group, args
        self.dir = f"{box.dir}/{self.name}{end}"
        os.makedirs(f"{self.dir}/swanctl", exist_ok=True)
        self.mine, self.others = addresses(end, self.n), addresses(1 - end, self.n)
        self.first = end == 0           # the one that begins

    def cpu(self):
        """Seconds of a processor so far."""
        with open(f"/proc/{self.pid()}/stat") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


# ---- ours ----

class Ours(End):
    """The loop is lines at the console: `no shutdown` of each tunnel."""
    name = "ours"
    kernel = False

    @staticmethod
    def require(args):
        if not os.access(args.inspire, os.X_OK):
            raise Skipped(f"{args.inspire} is not there")

    def _text(self):
        ike, esp, _, _ = SUITES[self.group]
        yield from ("hostname Router1", "crypto call admission limit ike in-negotiation-sa 99999", "crypto isakmp policy 10", " encryption aes",
                    f" hash {ike}", " authentication pre-share", f" group {self.group}", f"crypto isakmp key {KEY} address 0.0.0.0 0.0.0.0",
                    f"crypto ipsec transform-set T esp-aes esp-{esp}-hmac", "crypto ipsec profile P", " set transform-set T")
        if not self.first:
            yield " responder-only"
        for i, (here, there, near) in enumerate(zip(self.mine, self.others, inner(self.end, self.n))):
            yield from (f"interface Loopback{i}", f" ip address {here} 255.255.255.255", f"interface Tunnel{i}",
                        f" ip address {near} 255.255.255.252",
                        f" tunnel source Loopback{i}", " tunnel mode ipsec ipv4", f" tunnel destination {there}", " tunnel protection ipsec profile P",
                        " shutdown" if self.first else " no shutdown")
        yield from ("interface GigabitEthernet0/0", f" ip address {outer(self.end)} 255.255.255.0", " no shutdown",
                    f"ip route 10.{101 + 1 - self.end}.0.0 255.255.0.0 {outer(1 - self.end)}", "end", "")

    def start(self):
        self.router = Router(self.args.inspire, self.place, self.dir)
        config, log = f"{self.dir}/router.cfg", f"{self.dir}/router.log"
        self.router.socket, self.router.out = f"{self.dir}/router.sock", log
        with open(config, "w") as f:
            f.write("\n".join(self._text()))
        self.router.process = self.place.start(self.args.inspire, "router", "--user", "root", "--port", f"GigabitEthernet0/0=pcap:{WIRE}",
                                               "--socket", self.router.socket, config, log=log)
        until("our router's port is up", self._up, 60)
        if self.first:
            until("our routers reach each other", lambda: "!!" in self.router.show(f"ping {outer(1)} timeout 1", check=False), 20)
        self.console = subprocess.Popen([self.args.inspire, "attach", "--socket", self.router.socket, "Router1"], stdin=subprocess.PIPE,
                                        stdout=open(f"{self.dir}/console.log", "wb"), stderr=subprocess.STDOUT)
        self._type("configure terminal")
        until("a console", lambda: b"(config)#" in open(f"{self.dir}/console.log", "rb").read(), 20)

    def _up(self):
        if self.router.process.poll() is not None:
            raise Failed(f"our router ended: {self.router.said()[-400:]}")
        return os.path.exists(self.router.socket) and "line protocol is up" in self.router.show("show interfaces GigabitEthernet0/0", check=False)

    def _type(self, *lines):
        self.console.stdin.write("".join(line + "\n" for line in lines).encode())
        self.console.stdin.flush()

    def loop(self):
        self._type(*(line for i in range(self.n) for line in (f"interface Tunnel{i}", "no shutdown")))

    def pid(self):
        return self.router.process.pid

    def ike_count(self):
        return self.router.ike_up()

    def sas(self):
        return self.router.sas()

    def stop(self):
        for process in (getattr(self, "console", None), self.router.process):
            if process is not None:
                process.kill()
                process.wait()


# ---- strongSwan ----

DAEMON = """charon-systemd {{
  load = random nonce openssl hmac kdf pem kernel-libipsec kernel-netlink socket-default vici
  threads = 16
  ikesa_table_size = 1024
  ikesa_table_segments = 16
  plugins {{ vici {{ socket = unix://{dir}/vici.sock }} }}
  journal {{ default = -1 }}
  filelog {{ log {{ path = {dir}/charon.log
    default = 0 }} }}
}}
"""


class Vici:
    """As much of strongSwan's control protocol as asks for a connection and does not wait for it."""
    REQUEST, RESPONSE, VALUE = 0, 1, 3

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)

    def _message(self, command, words):
        body = bytes([self.REQUEST, len(command)]) + command.encode()
        for key, value in words.items():
            body += bytes([self.VALUE, len(key)]) + key.encode() + struct.pack(">H", len(value)) + value.encode()
        return struct.pack(">I", len(body)) + body

    def ask(self, command, **words):
        self.socket.sendall(self._message(command, words))

    def answer(self):
        n = struct.unpack(">I", self.socket.recv(4, socket.MSG_WAITALL))[0]
        said = self.socket.recv(n, socket.MSG_WAITALL)
        if said[0] != self.RESPONSE or b"success\x00\x03yes" not in said:
            raise Failed(f"strongSwan does not begin: {said}")


class Theirs(End):
    """The loop is `initiate` over the control socket, with a timeout that says not to wait."""
    name = "strongSwan"
    kernel = True

    @staticmethod
    def require(args):
        done = subprocess.run([f"{args.tools}/peers.sh", "fetch", "strongswan"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Skipped(done.stdout.strip().splitlines()[-1])
        if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            raise Skipped("strongswan: /dev/net/tun is not there, or may not be opened")

    def _text(self):
        _, _, ike, esp = SUITES[self.group]
        yield "connections {"
        protected = zip(inner(self.end, self.n), inner(1 - self.end, self.n))
        for i, (here, there, (near, far)) in enumerate(zip(self.mine, self.others, protected)):
            yield (f"c{i} {{\nversion = 1\nlocal_addrs = {here}\nremote_addrs = {there}\nproposals = {ike}\nrekey_time = 86400s\nlocal {{ auth = psk }}\n"
                   f"remote {{ auth = psk }}\nchildren {{ c{i} {{\nlocal_ts = {near}/32\nremote_ts = {far}/32\n"
                   f"esp_proposals = {esp}\nrekey_time = 3600s\n}} }} }}")
        yield f'}}\nsecrets {{ ike-1 {{ secret = "{KEY}" }} }}\n'

    def start(self):
        with open(f"{self.dir}/strongswan.conf", "w") as f:
            f.write(DAEMON.format(dir=self.dir))
        with open(f"{self.dir}/swanctl/swanctl.conf", "w") as f:
            f.write("\n".join(self._text()))
        self.socket = f"{self.dir}/vici.sock"
        self.env = {**os.environ, "STRONGSWAN_CONF": f"{self.dir}/strongswan.conf", "SWANCTL_DIR": f"{self.dir}/swanctl"}
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = self.place.start(f"{self.args.tools}/peers.sh", "run", "strongswan", "/usr/sbin/charon-systemd", log=f"{self.dir}/charon.out",
                                        env=self.env)
        until("charon's control socket", self._there, 30)
        said = self._swanctl("--load-all")
        if f"loaded connection 'c{self.n - 1}'" not in said:
            raise Failed(f"strongSwan does not take the configuration: {said[-400:]}")
        self.vici = Vici(self.socket)

    def _swanctl(self, *words, check=True):
        return run("nsenter", "-t", str(self.process.pid), "-m", "-n", "swanctl", *words, "--uri", f"unix://{self.socket}", check=check,
                   env=self.env, timeout=120)

    def _there(self):
        if self.process.poll() is not None:
            with open(f"{self.dir}/charon.out") as f:
                said = f.read().strip()
            raise (Skipped if self.process.returncode == 77 else Failed)(f"charon ended: {said[-400:]}")
        return os.path.exists(self.socket) and "strongSwan" in self._swanctl("--version", "--daemon", check=False)

    def loop(self):
        for i in range(self.n):
            self.vici.ask("initiate", child=f"c{i}", ike=f"c{i}", timeout="-1")
        for _ in range(self.n):
            self.vici.answer()

    def pid(self):
        return self.process.pid

    def _read(self):
        return read_sas(self._swanctl("--list-sas"))

    def ike_count(self):
        return self._read()[0]

    def sas(self):
        return [child[:2] for child in self._read()[1]]

    def stop(self):
        if getattr(self, "process", None) is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


OURS, THEIRS = Ours, Theirs
