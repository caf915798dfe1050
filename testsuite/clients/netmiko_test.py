#!/usr/bin/python3
"""What netmiko's cisco_ios driver relies on, each point on its own.   usage: netmiko_test.py PORT1 PORT2"""
import sys
import unittest

from netmiko import ConnectHandler, SSHDetect

PORT = 0


def device(user="admin", password="Lab-Secret-1", kind="cisco_ios"):
    return dict(device_type=kind, host="127.0.0.1", port=PORT, username=user, password=password, secret="Lab-Enable-1")


class Netmiko(unittest.TestCase):
    def test_privileged_user(self):
        with ConnectHandler(**device()) as r:
            self.assertEqual(r.find_prompt(), "Router1#")
            self.assertEqual(r.base_prompt, "Router1")
            self.assertTrue(r.check_enable_mode())
            self.assertFalse(r.check_config_mode())

            clock = r.send_command("show clock")
            self.assertRegex(clock, r"^[*.]?\d\d:\d\d:\d\d\.\d{3} UTC \w{3} \w{3} +\d+ \d{4}$")
            self.assertIn("% Invalid input detected at '^' marker.", r.send_command("show nonsense"))
            self.assertIn("% Invalid input", r.send_command("shov version"))
            self.assertIn("% Incomplete command.", r.send_command("clear crypto sa peer"))
            self.assertRegex(r.send_command_timing("show privilege"), r"Current privilege level is 15")
            # Longer than a screen, and longer than one read: whole, and without a pager's word.
            text = r.send_command("show running-config")
            self.assertNotIn("--More--", text)
            self.assertRegex(text, r"\nend$")
            self.assertEqual(text.count("username admin"), 1)
            self.assertEqual(r.send_command("show running-config | include ^hostname"), "hostname Router1")

            out = r.send_config_set(["interface Loopback9", "description " + "x" * 200, "ip address 192.0.2.9 255.255.255.255"])
            self.assertNotIn("%", out.replace("%SYS", "").replace("%LI", ""))
            self.assertFalse(r.check_config_mode())
            self.assertIn("description " + "x" * 200, r.send_command("show running-config interface Loopback9"))
            out = r.send_config_set(["interface Loopback9", "ip adress 192.0.2.1 255.255.255.255"])
            self.assertIn("% Invalid input detected at '^' marker.", out)
            r.send_config_set(["no interface Loopback9"])
            self.assertIn("[OK]", r.save_config())
            # A question in between: netmiko types the answer itself.
            self.assertIn("[confirm]", r.send_command_timing("clear counters"))
            r.send_command_timing("\n")
            self.assertEqual(r.find_prompt(), "Router1#")

    def test_user_that_must_enable(self):
        with ConnectHandler(**device("watcher", "Lab-Watch-1")) as r:
            self.assertEqual(r.find_prompt(), "Router1>")
            self.assertIn("% Invalid input", r.send_command("configure terminal"))
            r.enable()
            self.assertEqual(r.find_prompt(), "Router1#")
            r.exit_enable_mode()
            self.assertEqual(r.find_prompt(), "Router1>")

    def test_kind_is_found(self):
        self.assertEqual(SSHDetect(**device(kind="autodetect")).autodetect(), "cisco_ios")

    def test_wrong_password(self):
        with self.assertRaises(Exception) as failed:
            ConnectHandler(**device(password="nonsense"))
        self.assertIn("uthentication", str(failed.exception))


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
