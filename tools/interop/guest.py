"""A user-mode Linux guest: a real kernel, so real IPsec in it, as a process without privileges of its own.

Its root is this machine's, read only, under the unpacked packages and a tmpfs (guest-init.sh says how); the folder that it
shares with us is /work there.  Commands are scripts in that folder, whose names go by a pipe to the guest's second console and
are answered there with the status.  When the pipe closes the guest powers off, so it never outlives us.
"""
import os
import selectors
import socket
import struct
import subprocess
import time

from wire import Failed, Skipped, run

ETH_P_ALL, SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 3, 33, 263, 6
INIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest-init.sh")


def trees(tools, packages):
    """Where the packages are unpacked."""
    found = []
    for name in packages:
        done = subprocess.run([f"{tools}/peers.sh", "path", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Skipped(done.stdout.strip())
        found.append(done.stdout.strip() + "/tree")
    return found


def memory_dir(fallback):
    """Where the guest's memory is a file: it is mapped with leave to execute."""
    shm = "/dev/shm"
    if os.access(shm, os.W_OK) and not os.statvfs(shm).f_flag & os.ST_NOEXEC:
        return shm
    return fallback


class Guest:
    def __init__(self, place, directory, tree_list, name, memory="160M"):
        """place: the namespace that it runs in; tree_list: first wins; name: the guest's host name."""
        self.place, self.dir, self.trees, self.name, self.memory = place, directory, tree_list, name, memory
        self.wires, self.sockets, self.process, self.count = [], [], None, 0

    def wire(self, dev, address):
        """Its next interface (vec0, ...) is on a device of its namespace, with a MAC address of its own.  The socket is ours: one that the
        guest opens itself holds 90 frames, a busy machine's guest does not run for longer than these take to come."""
        s = self.place.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        s.setblocking(False)
        s.bind((dev, ETH_P_ALL))
        self.sockets.append(s)
        self.wires.append(f"vec{len(self.wires)}:transport=fd,fd={s.fileno()},mac={address},depth=128")

    def overrun(self):
        """Frames that its sockets had no room for, since they were asked last."""
        return [struct.unpack("=II", s.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1] for s in self.sockets]

    def boot(self, limit=90):
        linux = next((f"{t}/usr/bin/linux.uml" for t in self.trees if os.path.exists(f"{t}/usr/bin/linux.uml")), None)
        if linux is None:
            raise Skipped("none of the packages has user-mode Linux in it")
        words = [linux, f"mem={self.memory}", f"umid={self.name}", f"uml_dir={self.dir}/", "root=/dev/root",
                 "rootfstype=hostfs", "rootflags=/", "ro", "quiet", f"init={INIT}", "um_trees=" + ":".join(self.trees),
                 f"um_work={self.dir}", f"um_name={self.name}", "con=null", "con0=null,fd:2", "con1=fd:0,fd:1", *self.wires]
        env = {**os.environ, "TMPDIR": memory_dir(self.dir)}
        with open(f"{self.dir}/console.log", "ab") as said:
            self.process = subprocess.Popen(self.place.command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=said, env=env, start_new_session=True, pass_fds=[s.fileno() for s in self.sockets])
        self.rest = b""
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(self.process.stdout, selectors.EVENT_READ)
        self._answer("up", limit)

    def said(self):
        """What its kernel and its first process have said."""
        text = ""
        for name in ("console.log", "boot.log"):
            if os.path.exists(f"{self.dir}/{name}"):
                with open(f"{self.dir}/{name}", errors="replace") as f:
                    text += f.read()
        return text

    def _answer(self, word, limit):
        """The status that the guest answers a name with."""
        end = time.monotonic() + limit
        while True:
            while b"\n" in self.rest:
                line, self.rest = self.rest.split(b"\n", 1)
                said = line.decode(errors="replace").split()
                if len(said) == 2 and said[0] == word:
                    return int(said[1])
            if time.monotonic() > end:
                raise Failed(f"the guest {self.name} says nothing for {limit} s: {self.said()[-600:]}")
            # Its console may oversleep what came by the pipe until more comes: an empty line is no command.
            if not self.waiting.select(1.0):
                self._type("")
                continue
            more = os.read(self.process.stdout.fileno(), 4096)
            if not more:
                raise Failed(f"the guest {self.name} has gone: {self.said()[-600:]}")
            self.rest += more

    def _type(self, line):
        try:
            os.write(self.process.stdin.fileno(), f"{line}\n".encode())
        except BrokenPipeError:
            pass            # reading says that it has gone

    def try_run(self, script, limit=60):
        """A shell script's status and what it said."""
        self.count += 1
        base = f"{self.dir}/{self.count}"
        with open(f"{base}.cmd", "w") as f:
            f.write(script + "\n")
        self._type(str(self.count))
        status = self._answer(str(self.count), limit)
        with open(f"{base}.out", errors="replace") as f:
            said = f.read()
        os.unlink(f"{base}.out")
        os.unlink(f"{base}.cmd")
        return status, said

    def run(self, script, limit=60):
        status, said = self.try_run(script, limit)
        if status != 0:
            raise Failed(f"in the guest {self.name}: {script}: {said.strip() or status}")
        return said

    def stop(self):
        if self.process is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        self.waiting.close()
        self.process.stdout.close()
        for s in self.sockets:
            s.close()
        self.process = None

    def write(self, path, text, mode="644"):
        """A file in the guest.  Not by way of the shared folder: the guest may remember what a file of that name held before."""
        end = "end-of-" + os.path.basename(path)
        self.run(f"umask 077; cat >{path} <<'{end}'\n{text.rstrip(chr(10))}\n{end}\nchmod {mode} {path}")
