#!/usr/bin/python3
"""A tunnel brought up, lost on one side and healed, with netmiko.

usage: recovery_netmiko.py PORT1 PORT2        (inspire lab examples/automation/lab.yml --ssh 127.0.0.1:PORT1)
"""
import re
import sys
import time

from netmiko import ConnectHandler

ADDRESS = {1: "10.1.12.1", 2: "10.1.12.2"}


def log_in(port):
    return ConnectHandler(device_type="cisco_ios", host="127.0.0.1", port=int(port), username="admin",
                          password="Lab-Secret-1", secret="Lab-Enable-1")


def tunnel(me):
    peer = 3 - me
    return [
        f"crypto isakmp key TunnelSecret address {ADDRESS[peer]}",
        "crypto isakmp policy 10", "encr aes 256", "authentication pre-share", "group 14",
        "crypto ipsec transform-set TS esp-aes esp-sha-hmac", "mode tunnel",
        "crypto ipsec profile VTI", "set transform-set TS",
        "interface Tunnel0", f"ip address 172.16.0.{me} 255.255.255.252",
        "tunnel source GigabitEthernet0/0", "tunnel mode ipsec ipv4", f"tunnel destination {ADDRESS[peer]}",
        "tunnel protection ipsec profile VTI", "exit",
        f"ip route 192.168.{peer}.0 255.255.255.0 Tunnel0",
    ]


def until(what, probe, seconds=30):
    """Asks again and again until probe() says something true; a failure is told with its name."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            print("ok  " + what)
            return found
    sys.exit("FAILED  " + what)


def ping(router):
    text = router.send_command("ping 172.16.0.2 repeat 3 timeout 1", expect_string=r"#\s*$")
    return re.search(r"Success rate is (\d+) percent", text).group(1)


def main():
    one, two = (log_in(port) for port in sys.argv[1:3])
    for number, router in ((1, one), (2, two)):
        router.enable()
        router.send_config_set(tunnel(number))
    until("the tunnel is up", lambda: ping(one) == "100")

    two.send_command("clear logging", expect_string=r"confirm|#")
    two.send_command_timing("\n")
    two.send_command("clear crypto isakmp")
    two.send_command("clear crypto sa")
    print("ok  Router2 has lost its SAs")
    ping(one)
    until("Router2 says %CRYPTO-4-RECVD_PKT_INV_SPI", lambda: "%CRYPTO-4-RECVD_PKT_INV_SPI" in two.send_command("show logging"))
    if ping(one) != "0":
        sys.exit("FAILED  without recovery the packets should be lost")
    print("ok  without recovery the packets are lost")

    two.send_config_set(["crypto isakmp invalid-spi-recovery"])
    until("with recovery the tunnel heals", lambda: ping(one) == "100")
    print(two.save_config().strip().splitlines()[-1])
    for router in (one, two):
        router.disconnect()


if __name__ == "__main__":
    main()
