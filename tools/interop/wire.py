"""Namespaces, the wires between them, and who takes them away again.

Whatever is made here is told to a keeper first: a process that does nothing until the pipe from us ends, which it does
when we are through, and also when we are killed.  It then ends all processes in our namespaces and removes these.
All devices live inside of namespaces; nothing of the machine's own network is touched.
"""
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM, ETHTOOL_SGSO = 0x8946, 0x17, 0x24
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A check that did not hold."""


class Skipped(Exception):
    """Something is missing here; the text names it."""


def until(what, test, limit, pause=0.05):
    """Waits for test() to be true and gives what it gave; fails by name after limit seconds.  Asks ever less often: a test costs more
    than the wait, where it is a process, or one in a guest."""
    end = time.monotonic() + limit
    while True:
        got = test()
        if got:
            return got
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {limit} s")
        time.sleep(pause)
        pause = min(pause * 1.2, max(pause, 0.4))


def run(*words, check=True, timeout=60, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
                          stdin=more.pop("stdin", subprocess.DEVNULL) if "input" not in more else None, **more)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(words)}: {done.stdout.strip() or done.returncode}")
    return done.stdout


def _pids(ns):
    done = subprocess.run(["ip", "netns", "pids", ns], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [int(pid) for pid in done.stdout.split()]


def _end_all(ns):
    for _ in range(100):
        pids = _pids(ns)
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)


def _keep(pipe):
    """The keeper's life: lines of what there is, then the end."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    with os.fdopen(pipe) as lines:
        things = [line.rstrip("\n").split(" ", 1) for line in lines]
    for kind, name in reversed(things):
        if kind == "netns":
            _end_all(name)
            subprocess.run(["ip", "netns", "del", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for kind, name in things:
        if kind == "dir":
            shutil.rmtree(name, ignore_errors=True)


class Sandbox:
    """with Sandbox() as box: ... leaves nothing behind.  Names begin with letters and our process id."""

    def __init__(self, keep=False, letters="io"):
        self.prefix = f"{letters}{os.getpid()}"
        self.places = {}
        ours, theirs = os.pipe()
        self.keeper = os.fork()
        if self.keeper == 0:
            os.close(theirs)
            try:
                _keep(ours)
            finally:
                os._exit(0)
        os.close(ours)
        self.pipe = theirs
        self.dir = tempfile.mkdtemp(prefix=self.prefix + "-")
        os.chmod(self.dir, 0o755)       # a router that has dropped its privileges finds its way too
        if not keep:
            self._tell("dir", self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.pipe)
        os.waitpid(self.keeper, 0)

    def _tell(self, kind, name):
        os.write(self.pipe, f"{kind} {name}\n".encode())

    def place(self, word):
        """A namespace, made if it is not there."""
        if word not in self.places:
            name = f"{self.prefix}{word}"
            self._tell("netns", name)
            run("ip", "netns", "add", name)
            self.places[word] = Place(name)
        return self.places[word]

    def wire(self, a, a_dev, b, b_dev):
        """A pair of Ethernet devices, up."""
        run("ip", "link", "add", a_dev, "netns", a.name, "type", "veth", "peer", "name", b_dev, "netns", b.name)
        a.link_up(a_dev)
        b.link_up(b_dev)


class Place:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        self.sysctl("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.router_solicitations=0",
                    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        run("ip", "-n", name, "link", "set", "lo", "up")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words, **more):
        return run(*self.command(*words), **more)

    def start(self, *words, log, env=None, stdin=subprocess.DEVNULL):
        """A process in a session of its own, what it says appended to the file log."""
        with open(log, "ab") as out:
            return subprocess.Popen(self.command(*words), stdin=stdin, stdout=out, stderr=subprocess.STDOUT,
                                    start_new_session=True, env={**os.environ, **(env or {})})

    def sysctl(self, *settings):
        self.run("sysctl", "-qw", *settings)

    def ip(self, *words):
        return run("ip", "-n", self.name, *words)

    def link_up(self, dev):
        self.ip("link", "set", dev, "up")

    def address(self, dev, *addresses):
        for a in addresses:
            more = ["nodad"] if ":" in a else []
            self.ip("addr", "add", a, "dev", dev, *more)

    def no_ip(self, dev):
        """The kernel keeps off a device that is another's port: it answers nothing there, and sends nothing."""
        self.sysctl(f"net.ipv6.conf.{dev}.disable_ipv6=1", f"net.ipv4.conf.{dev}.arp_ignore=8")

    def finish(self, dev):
        """Frames leave a device cut to its MTU and with their checksums, as on a cable: its kernel leaves neither for later."""
        with self.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for command in (ETHTOOL_STXCSUM, ETHTOOL_SGSO):
                value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
                fcntl.ioctl(s, SIOCETHTOOL, struct.pack("=16sQ16x", dev.encode(), ctypes.addressof(value)))

    def socket(self, *args):
        """A socket that lives here, while we stay where we are."""
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if libc.setns(there, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                return socket.socket(*args)
            finally:
                libc.setns(here, CLONE_NEWNET)
        finally:
            os.close(here)
            os.close(there)


def become_root():
    """An ordinary user goes on as root of a user namespace of his own, where this machine lets him; else Skipped."""
    if os.geteuid() == 0:
        return
    words = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    try:
        probe = subprocess.run([*words, "true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        raise Skipped("unshare (util-linux) is not installed") from None
    if probe.returncode != 0:
        raise Skipped(f"only root can make network namespaces here, and no user namespaces are allowed ({probe.stdout.strip()})")
    # ip keeps its namespaces' names in /run
    os.execvp(words[0], [*words, "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", sys.executable, *sys.argv])


def require():
    """What every test here needs, or Skipped with its name."""
    if shutil.which("ip") is None:
        raise Skipped("ip (iproute2) is not installed")
    become_root()
    probe = subprocess.run(["unshare", "--net", "--mount", "true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if probe.returncode != 0:
        raise Skipped(f"network namespaces are not allowed here ({probe.stdout.strip()})")


def leftovers(prefix):
    """Namespaces that are still there although they should not be."""
    there = subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True).stdout
    return [line.split()[0] for line in there.splitlines() if line.startswith(prefix)]


def say(text):
    print(text, flush=True)
