"""Our own end of a wire: `inspire router` in a namespace, its console by `inspire attach`, what it shows as numbers."""
import contextlib
import os
import re
import signal
import subprocess

from suite import GATEWAY, ios
from wire import Failed, run, until

NAME = "Router1"
WIRE, INSIDE = "wire0", "lan0"      # our devices, to the peer and to the LAN


class Router:
    """A router on two devices of the namespace `place`; `dir` is for its files."""

    def __init__(self, inspire, place, directory):
        self.inspire, self.place, self.dir = inspire, place, directory
        self.process = None
        self.starts = 0
        self.text = None        # a configuration instead of a suite's
        self.more = ()          # lines of configuration besides the suite's
        self.flags = ()         # options besides the ports
        self.inside = "pcap"    # what kind of port the LAN is on

    def start(self, suite):
        self.starts += 1
        self.config = f"{self.dir}/router.cfg"
        self.socket = f"{self.dir}/router{self.starts}.sock"
        self.out = f"{self.dir}/router.log"
        with open(self.config, "w") as f:
            f.write(self.text or ios(suite, self.more))
        self.process = self.place.start(self.inspire, "router", "--user", "root", "--port", f"GigabitEthernet0/0=pcap:{WIRE}",
                                        "--port", f"GigabitEthernet0/1={self.inside}:{INSIDE}", "--socket", self.socket, *self.flags,
                                        self.config, log=self.out)
        until("our router's ports are up", self._ports_up, 20)

    def _ports_up(self):
        if self.process.poll() is not None:
            raise Failed(f"our router ended with {self.process.returncode}: {self.said()[-400:]}")
        if not os.path.exists(self.socket):
            return False
        both = self.show("show ip interface brief", check=False)
        return len(re.findall(r"^GigabitEthernet0/[01] .* up +up *$", both, re.M)) == 2

    def said(self):
        with open(self.out, errors="replace") as f:
            return f.read()

    def mark(self):
        """A point in the log, for said_since()."""
        return os.path.getsize(self.out)

    def said_since(self, mark):
        with open(self.out, "rb") as f:
            f.seek(mark)
            return f.read().decode(errors="replace")

    def show(self, command, check=True):
        try:
            return run(self.inspire, "attach", "--socket", self.socket, "-c", command, NAME, check=check)
        except Failed:
            self._alive()
            raise

    def _alive(self):
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            return
        raise Failed(f"our router ended with {self.process.returncode}: {self.said()[-400:]}")

    def type(self, *lines):
        """Lines at the console, from privileged exec on."""
        text = "".join(line + "\n" for line in lines)
        return run(self.inspire, "attach", "--socket", self.socket, NAME, input=text, check=False)

    def configure(self, *lines):
        said = self.type("configure terminal", *lines, "end")
        if "% " in said:
            raise Failed(f"our router refuses: {said}")
        return said

    def stop(self, kill=False):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait(10)
            raise Failed("our router did not end within 10 s of SIGTERM") from None
        self.process = None

    @contextlib.contextmanager
    def mute(self):
        """What it sends towards the peer is lost meanwhile; what the peer sends still comes."""
        self.place.run("tc", "qdisc", "add", "dev", WIRE, "root", "pfifo", "limit", "0")
        try:
            yield
        finally:
            self.place.run("tc", "qdisc", "del", "dev", WIRE, "root")

    # What it shows.

    def ike_up(self):
        return len(re.findall(r"QM_IDLE .* ACTIVE", self.show("show crypto isakmp sa")))

    def sas(self):
        """Pairs of IPsec SAs: a list of (inbound SPI, outbound SPI), the newest last."""
        text = self.show("show crypto ipsec sa")
        both = {}
        for way in ("inbound", "outbound"):
            parts = re.findall(rf"{way} (?:esp|ah) sas:(.*?)(?=\n *(?:inbound|outbound) \w+ sas:|\Z)", text, re.S)
            both[way] = [int(spi, 16) for part in parts for spi in re.findall(r"spi: 0x([0-9A-F]+)\(", part)]
        return list(zip(both["inbound"], both["outbound"]))

    def counters(self):
        """Packets that were sealed and opened, of all flows together."""
        text = self.show("show crypto ipsec sa")
        total = {}
        for word in ("encaps", "encrypt", "decaps", "decrypt"):
            total[word] = sum(int(n) for n in re.findall(rf"#pkts {word}: (\d+)", text))
        return total

    def numbers(self, *commands):
        """What these commands count, by name: `NUMBER name` a line, or `name: NUMBER`, several in a line."""
        found = {}
        for line in (line for command in commands for line in self.show(command).splitlines()):
            ahead = re.match(r"^ +(\d+) (.*)", line)
            pairs = [(ahead[2], ahead[1])] if ahead else re.findall(r"([A-Za-z#][^:\d]*): +(\d+)", line)
            for name, number in pairs:
                found[name.strip()] = found.get(name.strip(), 0) + int(number)
        return found

    def ping(self, target, count=5):
        out = self.show(f"ping {target} source {GATEWAY} repeat {count} timeout 1", check=False)
        got = re.search(r"\((\d+)/(\d+)\)", out)
        return got is not None and got[1] == got[2]

    def up(self):
        return self.ike_up() >= 1 and len(self.sas()) >= 1

    def clear_all(self, told=True):
        """clear crypto isakmp and clear crypto sa; not told, the peer hears nothing of it."""
        if told:
            self.type("clear crypto isakmp", "clear crypto sa")
            return
        with self.mute():
            self.type("clear crypto isakmp", "clear crypto sa")
