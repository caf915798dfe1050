#!/usr/bin/python3
"""The same by hand: a shell channel of paramiko, one line sent, its answer read up to the next prompt.

usage: recovery_paramiko.py PORT1 PORT2
"""
import re
import sys
import time

import paramiko

ADDRESS = {1: "10.1.12.1", 2: "10.1.12.2"}
PROMPT = re.compile(r"(?:^|\n)Router[12](?:\([\w-]+\))?[#>] ?$")


class Router:
    def __init__(self, port):
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect("127.0.0.1", int(port), "admin", "Lab-Secret-1", allow_agent=False, look_for_keys=False)
        self.shell = self.client.invoke_shell(term="vt100", width=200, height=24)
        self.shell.settimeout(30)
        self.read(PROMPT)
        self.type("terminal length 0")

    def read(self, pattern):
        text = ""
        while not pattern.search(text):
            piece = self.shell.recv(65536)
            if not piece:
                sys.exit("FAILED  the router hung up")
            text += piece.decode().replace("\r", "")
        return text

    def type(self, line, until=PROMPT):
        self.shell.sendall(line + "\n")
        return self.read(until)

    def ping(self):
        return re.search(r"Success rate is (\d+) percent", self.type("ping 172.16.0.2 repeat 3 timeout 1")).group(1)

    def run(self, command):
        """A channel of its own for one command: what it printed, and its status."""
        channel = self.client.get_transport().open_session()
        channel.exec_command(command)
        text = channel.makefile().read().decode()
        return text, channel.recv_exit_status()


def until(what, probe, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if probe():
            print("ok  " + what)
            return
    sys.exit("FAILED  " + what)


def configure(router, me):
    peer = 3 - me
    for line in f"""configure terminal
crypto isakmp key TunnelSecret address {ADDRESS[peer]}
crypto isakmp policy 10
 encr aes 256
 authentication pre-share
 group 14
crypto ipsec transform-set TS esp-aes esp-sha-hmac
crypto ipsec profile VTI
 set transform-set TS
interface Tunnel0
 ip address 172.16.0.{me} 255.255.255.252
 tunnel source GigabitEthernet0/0
 tunnel mode ipsec ipv4
 tunnel destination {ADDRESS[peer]}
 tunnel protection ipsec profile VTI
end""".splitlines():
        if "%" in router.type(line).replace("%SYS", "").replace("%LI", "").replace("%CR", ""):
            sys.exit("FAILED  refused: " + line)


def main():
    one, two = (Router(port) for port in sys.argv[1:3])
    configure(one, 1)
    configure(two, 2)
    until("the tunnel is up", lambda: one.ping() == "100")
    two.type("clear logging", re.compile(r"\[confirm\]"))
    two.type("")
    two.type("clear crypto isakmp")
    two.type("clear crypto sa")
    one.ping()
    until("Router2 says %CRYPTO-4-RECVD_PKT_INV_SPI", lambda: "%CRYPTO-4-RECVD_PKT_INV_SPI" in two.run("show logging")[0])
    if one.ping() != "0":
        sys.exit("FAILED  without recovery the packets should be lost")
    two.type("configure terminal")
    two.type("crypto isakmp invalid-spi-recovery")
    two.type("end")
    until("with recovery the tunnel heals", lambda: one.ping() == "100")
    text, status = one.run("show crypto session | include Session status")
    if status != 0 or text.strip() != "Session status: UP-ACTIVE":
        sys.exit(f"FAILED  show crypto session: {status} {text!r}")
    if one.run("show nonsense")[1] == 0:
        sys.exit("FAILED  a refused command should not have status 0")
    print("ok  commands without a shell, and their statuses")


if __name__ == "__main__":
    main()
