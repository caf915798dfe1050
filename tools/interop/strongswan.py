"""strongSwan on this machine: charon-systemd with kernel-libipsec, its own ESP over a TUN device.  That speaks ESP in UDP
and tunnel mode only: it pretends to see a translator, so that both ends go to port 4500."""
import os
import re
import signal

from ca import authority
from peer import WIRE, Peer
from suite import GROUPS, KEY, LAN, OURS_NAME, PEER_HOST, PEER_LAN, PEER_NAME
from wire import Failed, Skipped, run, until

PLUGINS = ("random nonce openssl aes sha1 sha2 md5 des hmac kdf gcm ccm cmac ctr pem pkcs1 pkcs8 x509 revocation pubkey constraints"
           " gmp xauth-generic {kernel} socket-default vici updown counters unity")
HASHES = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}

DAEMON = """charon-systemd {{
  load = {plugins}
  threads = 16
  install_routes = yes
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  accept_unencrypted_mainmode_messages = no
  plugins {{
    vici {{ socket = unix://{dir}/vici.sock }}
    openssl {{ load_legacy = yes }}
  }}
  filelog {{ log {{ path = {dir}/charon.log
    time_format = %T
    append = yes
    flush_line = yes
    default = 1
    ike = 2
    cfg = 1
    esp = 2 }} }}
}}
swanctl {{ load = pem pkcs1 pkcs8 x509 pubkey openssl random }}
"""


def proposals(suite):
    """A suite as strongSwan's proposal strings: of the key exchange, of ESP."""
    group = GROUPS[suite.group]
    ike = f"{suite.cipher}-{HASHES[suite.hash]}-{group}"
    esp = suite.esp + "16" if suite.esp.endswith("gcm") else f"{suite.esp}-{HASHES[suite.integrity]}"
    if suite.ah:
        esp = HASHES[suite.integrity]
    return ike, esp + (f"-{GROUPS[suite.pfs]}" if suite.pfs else "") + ("-esn" if suite.esn else "")


def selectors(suite):
    if suite.transport:
        return f"{suite.peer}[gre]", f"{suite.ours}[gre]"
    anybody = "0.0.0.0/0" if suite.inner == 4 else "::/0"
    return (anybody, anybody) if suite.vti else (PEER_LAN, LAN)


def connection(suite, recipe=None):
    """The text of swanctl.conf for a suite; the guest's strongSwan takes it too."""
    recipe = recipe or {}
    ike, esp = proposals(suite)
    local_ts, remote_ts = selectors(suite)
    auth = "psk" if suite.auth == "psk" else "pubkey"
    ident = {"psk": (suite.peer, suite.ours), "rsa": (f'"CN={PEER_NAME}"', f'"CN={OURS_NAME}"')}[suite.auth]
    lines = ["connections { c {", "version = 1", f"aggressive = {'yes' if suite.mode == 'aggressive' else 'no'}",
             f"local_addrs = {suite.peer}", f"remote_addrs = {suite.ours}", f"proposals = {ike}",
             f"encap = {'yes' if suite.natt else 'no'}", f"unique = {recipe.get('unique', 'no')}",
             f"rekey_time = {suite.ike_life_theirs}s", "reauth_time = 0", "keyingtries = 1",
             f"dpd_delay = {suite.dpd_theirs}s", f"dpd_timeout = {suite.dpd_theirs * 3}s",
             f"local {{ auth = {auth}", f"id = {ident[0]}", *(["certs = peer.pem"] if suite.auth == "rsa" else []), "}",
             f"remote {{ auth = {auth}", f"id = {ident[1]}", "}"]
    if suite.xauth:
        lines += ["local-2 { auth = xauth", f"xauth_id = {suite.xauth}", "}"]
    lines += ["children { c {", f"local_ts = {local_ts}", f"remote_ts = {remote_ts}", f"{'ah' if suite.ah else 'esp'}_proposals = {esp}",
              f"mode = {'transport' if suite.transport else 'tunnel'}", f"rekey_time = {suite.life_theirs}s",
              f"dpd_action = {recipe.get('dpd_action', 'clear')}", f"close_action = {recipe.get('close_action', 'none')}",
              f"start_action = {recipe.get('start_action', 'none')}", "} } } }"]
    lines += [f'secrets {{ ike-1 {{ id-1 = {suite.ours}\nid-2 = {suite.peer}\nsecret = "{KEY}" }}']
    if suite.xauth:
        lines += [f'xauth-1 {{ id = {suite.xauth}\nsecret = "no-matter" }}']
    return "\n".join(lines) + "\n}\n"


def read_sas(text):
    """Of `swanctl --list-sas`: established IKE SAs, and the children in use as (in SPI, out SPI, packets in, packets out).  One that is being
    replaced (REKEYING) is: its successor may never come, where our Quick Mode had crossed its own and was given up."""
    ike = len(re.findall(r"^\w+: #\d+, ESTABLISHED", text, re.M))
    children = []
    for block in re.split(r"^  \w+: #\d+, ", text, flags=re.M)[1:]:
        if not block.startswith("reqid") or not re.search(" (INSTALLED|REKEYING),", block.split("\n")[0]):
            continue
        found = {}
        for way in ("in", "out"):
            m = re.search(rf"^    {way} +([0-9a-f]+).*?, +(\d+) bytes, +(\d+) packets", block, re.M)
            if m:
                found[way] = (int(m[1], 16), int(m[3]))
        if len(found) == 2:
            children.append((found["in"][0], found["out"][0], found["in"][1], found["out"][1]))
    return ike, children


REMARKS = (("received INITIAL_CONTACT", "it drops its SAs on our INITIAL-CONTACT"), ("received DELETE for ESP", "it takes our DELETE"),
           ("DPD check timed out|giving up after", "it finds us dead"))


def newest(text):
    """Of `swanctl --list-sas`: the number of the IKE SA that was made last.  By its name an order would go to those too that
    were renewed already and are still there."""
    numbers = [int(n) for n in re.findall(r"^\w+: #(\d+), ESTABLISHED", text, re.M)]
    if not numbers:
        raise Failed("strongSwan has no IKE SA to renew")
    return max(numbers)


class Native(Peer):
    name = "strongswan"
    packages = ("strongswan",)
    remarks = REMARKS
    kernel = "kernel-libipsec kernel-netlink"

    def prepare(self):
        if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            raise Skipped("strongswan: /dev/net/tun is not there, or may not be opened")
        self.place.address("lo", f"{PEER_HOST}/32")
        self.process = None
        for name in ("x509", "x509ca", "private"):
            os.makedirs(f"{self.dir}/swanctl/{name}", exist_ok=True)

    def version(self):
        package = run(f"{self.tools}/peers.sh", "path", "strongswan").strip()
        with open(f"{package}/version") as f:
            return f"strongSwan {f.read().strip()}, ESP of its own (kernel-libipsec)"

    def cannot(self, suite):
        if not suite.natt:
            return "its ESP is in UDP only"
        if suite.transport:
            return "its ESP is in tunnel mode only"
        if suite.vti and suite.inner == suite.outer:
            return "its routes for any to any would take its own key exchange"
        if suite.tfc or suite.esn or suite.ah:
            return "its own ESP has neither padding nor ESN, and no AH"
        return None

    def configure(self, suite, recipe=None):
        with open(f"{self.dir}/strongswan.conf", "w") as f:
            f.write(DAEMON.format(dir=self.dir, plugins=PLUGINS.format(kernel=self.kernel)))
        with open(f"{self.dir}/swanctl/swanctl.conf", "w") as f:
            f.write(connection(suite, recipe))
        if suite.auth == "rsa":
            authority(self.box.dir, self.tools).give_swanctl(f"{self.dir}/swanctl")
        if self.process is not None:
            self._load()

    def _inside(self, *words):
        return [f"{self.tools}/peers.sh", "run", "strongswan", *words]

    def _env(self):
        return {**os.environ, "STRONGSWAN_CONF": f"{self.dir}/strongswan.conf", "SWANCTL_DIR": f"{self.dir}/swanctl"}

    def swanctl(self, *words, check=True, timeout=60):
        """In the namespaces of the daemon itself, which are there already."""
        return run("nsenter", "-t", str(self.process.pid), "-m", "-n", "swanctl", *words, "--uri", f"unix://{self.dir}/vici.sock",
                   check=check, timeout=timeout, env=self._env())

    def start(self):
        if os.path.exists(f"{self.dir}/vici.sock"):
            os.unlink(f"{self.dir}/vici.sock")
        self.process = self.place.start(*self._inside("/usr/sbin/charon-systemd"), log=f"{self.dir}/charon.out", env=self._env())
        until("charon's control socket", self._there, 30)
        self._load()

    def _there(self):
        if self.process.poll() is not None:
            with open(f"{self.dir}/charon.out") as f:
                said = f.read().strip()
            raise (Skipped if self.process.returncode == 77 else Failed)(f"charon ended: {said[-400:]}")
        return os.path.exists(f"{self.dir}/vici.sock") and "strongSwan" in self.swanctl("--version", "--daemon", check=False)

    def _load(self):
        said = self.swanctl("--load-all", "--clear")
        if "loaded connection 'c'" not in said:
            raise Failed(f"strongSwan does not take the configuration: {said}")

    def _end(self, number):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def initiate(self):
        said = self.swanctl("--initiate", "--child", "c", "--timeout", "30", check=False, timeout=40)
        return "initiate completed successfully" in said

    def rekey_ike(self):
        self.swanctl("--rekey", "--ike-id", str(newest(self.swanctl("--list-sas"))))

    def rekey_child(self):
        self.swanctl("--rekey", "--child", "c")

    def delete_child(self):
        self.swanctl("--terminate", "--child", "c", check=False)

    def delete_ike(self):
        self.swanctl("--terminate", "--ike", "c", check=False)

    def lose(self):
        """What it sends meanwhile goes to an Ethernet address that nobody has."""
        to = re.search(r"remote_addrs = (\S+)", open(f"{self.dir}/swanctl/swanctl.conf").read())[1]
        was = re.search(r"lladdr (\S+)", self.place.ip("neigh", "show", "to", to, "dev", WIRE))
        self.place.ip("neigh", "replace", to, "lladdr", "02:00:00:00:00:99", "dev", WIRE, "nud", "permanent")
        self.swanctl("--terminate", "--ike", "c", "--force", check=False)
        until("strongSwan has no SA", lambda: self.ike_count() == 0 and not self.sas(), 10)
        if was:
            self.place.ip("neigh", "replace", to, "lladdr", was[1], "dev", WIRE, "nud", "reachable")
        else:
            self.place.ip("neigh", "del", to, "dev", WIRE)

    def _read(self):
        return read_sas(self.swanctl("--list-sas"))

    def ike_count(self):
        return self._read()[0]

    def sas(self):
        return [child[:2] for child in self._read()[1]]

    def not_yet(self):
        return self.log().count("inbound ESP packet does not belong to an installed SA")

    def dropped(self):
        return f"{self.not_yet()} packets of no installed SA"

    def counters(self):
        children = self._read()[1]
        return sum(c[2] for c in children), sum(c[3] for c in children)

    def log(self):
        with open(f"{self.dir}/charon.log", errors="replace") as f:
            return f.read()


PEERS = {"strongswan": Native}
