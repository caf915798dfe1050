#!/usr/bin/python3
"""What a bare SSH library sees: channels, keys, sizes, refusals.   usage: paramiko_test.py PORT1 PORT2"""
import socket
import sys
import time
import unittest

import paramiko

PORT = 0


def log_in(user="admin", password="Lab-Secret-1", **more):
    c = paramiko.SSHClient()
    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    c.connect("127.0.0.1", PORT, user, password, allow_agent=False, look_for_keys=False, **more)
    return c


def read_until(channel, end, seconds=20):
    text = b""
    channel.settimeout(seconds)
    while end not in text:
        piece = channel.recv(65536)
        if not piece:
            break
        text += piece
    return text


class Paramiko(unittest.TestCase):
    def setUp(self):
        self.client = log_in()

    def tearDown(self):
        self.client.close()

    def shell(self, **size):
        ch = self.client.invoke_shell(**size)
        read_until(ch, b"Router1#")
        return ch

    def test_exec_in_several_channels(self):
        transport, channels = self.client.get_transport(), []
        for _ in range(3):
            ch = transport.open_session()
            ch.exec_command("show version")
            channels.append(ch)
        texts = [ch.makefile().read() for ch in channels]
        self.assertTrue(all(b"Configuration register" in t and b"\r" not in t for t in texts))
        self.assertEqual([ch.recv_exit_status() for ch in channels], [0, 0, 0])

    def test_each_session_is_its_own(self):
        one, two = self.shell(), self.shell()
        one.sendall(b"configure terminal\n")
        read_until(one, b"(config)#")
        two.sendall(b"show history\n")
        text = read_until(two, b"Router1#")
        self.assertNotIn(b"configure", text)

    def test_pages_of_the_size_that_was_asked_for(self):
        ch = self.shell(width=80, height=10)
        ch.sendall(b"show running-config\n")
        text = read_until(ch, b"--More--")
        self.assertIn(len(text.split(b"\n")) - 1, (9, 10))
        ch.sendall(b"q")
        read_until(ch, b"Router1#")
        ch.resize_pty(width=80, height=16)
        time.sleep(0.3)
        ch.sendall(b"show running-config\n")
        text = read_until(ch, b"--More--")
        self.assertIn(len(text.split(b"\n")) - 1, (15, 16))

    def test_echo_is_what_was_typed(self):
        ch = self.shell(width=200)
        ch.sendall(b"show clock")
        self.assertEqual(read_until(ch, b"clock"), b"show clock")

    def test_two_thousand_lines_pasted(self):
        ch = self.shell(width=200)
        ch.sendall(b"terminal length 0\nconfigure terminal\n")
        read_until(ch, b"(config)#")
        lines = [f"ip route 198.{18 + i // 65536}.{i // 256 % 256}.{i % 256} 255.255.255.255 Null0" for i in range(2000)]
        ch.sendall("\n".join(lines).encode() + b"\nend\nshow clock\n")
        self.assertNotIn(b"% ", read_until(ch, b" UTC ", 60))
        ch.sendall(b"terminal width 200\n")
        read_until(ch, b"terminal width 200\r\nRouter1#")
        ch.sendall(b"show running-config | count ^ip route 198\n")
        self.assertIn(b"= 2000", read_until(ch, b"Router1#"))
        ch.sendall(b"configure terminal\n" + b"".join(b"no " + line.encode() + b"\n" for line in lines) + b"end\nshow clock\n")
        self.assertNotIn(b"% ", read_until(ch, b" UTC ", 60))

    def test_keys_that_stop(self):
        ch = self.shell()
        ch.sendall(b"ping 10.1.12.99 repeat 1000\n")
        read_until(ch, b".")
        began = time.monotonic()
        ch.sendall(b"\x1e")
        read_until(ch, b"Router1#")
        self.assertLess(time.monotonic() - began, 2)

    def test_wrong_password_and_unknown_user(self):
        for user, password in (("admin", "wrong"), ("nobody", "Lab-Secret-1"), ("admin", "")):
            with self.assertRaises(paramiko.SSHException):
                log_in(user, password)

    def test_what_is_no_business_of_a_router(self):
        transport = self.client.get_transport()
        with self.assertRaises(Exception):
            paramiko.SFTPClient.from_transport(transport)
        with self.assertRaises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))

    def test_a_client_that_dies_while_configuring(self):
        dying = log_in()
        ch = dying.invoke_shell()
        read_until(ch, b"Router1#")
        ch.sendall(b"configure terminal\ninterface Loopback7\ndescription half a li")
        read_until(ch, b"half a li")
        dying.get_transport().sock.shutdown(socket.SHUT_RDWR)
        ch2 = self.shell()
        ch2.sendall(b"show running-config interface Loopback7\n")
        text = read_until(ch2, b"Router1#")
        self.assertNotIn(b"half", text)
        ch2.sendall(b"configure terminal\nno interface Loopback7\nend\n")
        read_until(ch2, b"Router1#")

    def test_a_client_that_stops_reading(self):
        deaf = log_in()
        ch = deaf.get_transport().open_session(window_size=4096)
        ch.get_pty()
        ch.invoke_shell()
        ch.sendall(b"terminal length 0\n" + b"show running-config\n" * 200)
        time.sleep(1)
        began = time.monotonic()
        other = self.shell()
        other.sendall(b"show clock\n")
        read_until(other, b" UTC ")
        self.assertLess(time.monotonic() - began, 5)
        deaf.close()


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
