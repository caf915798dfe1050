"""Clients that are cut off in the middle of a line, a message, a paste, a packet: python3-paramiko against `inspire router --ssh`.

Arguments: the port, the router's process.  What was not ended by Return has not been: no alias, no message to others, no half
of a paste's last line; and where /proc lets one look, no secret of it is left in the router's memory.
"""
import os
import re
import struct
import sys
import time

import paramiko

HOST, PORT, PID = '127.0.0.1', int(sys.argv[1]), int(sys.argv[2])
failed = []


def check(name, ok, saw=''):
    print('%-70s %s' % (name, 'ok' if ok else 'FAILED ' + repr(saw)))
    if not ok:
        failed.append(name)


def connect():
    c = paramiko.SSHClient()
    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    c.connect(HOST, PORT, 'admin', 'lab123', look_for_keys=False, allow_agent=False, timeout=60, banner_timeout=60, auth_timeout=60)
    return c


def run(command):
    c = connect()
    _, out, _ = c.exec_command(command)
    text = out.read().decode()
    c.close()
    return text


def until(channel, what, seconds=30):
    seen, end = '', time.time() + seconds
    while what not in seen and time.time() < end:
        if channel.recv_ready():
            seen += channel.recv(4096).decode(errors='replace')
        else:
            time.sleep(0.01)
    return seen


def cut(lines, seen):
    """Types lines, waits until the last one's echo is seen, and is gone without a word."""
    c = connect()
    ch = c.invoke_shell()
    until(ch, '#')
    ch.send(lines)
    check('echoed before the cut: ' + seen, seen in until(ch, seen))
    c.get_transport().sock.close()


def left(n):
    for _ in range(200):
        users = run('show users')
        if users.count('vty') == n + 1:
            break
        time.sleep(0.1)
    check('who was cut off has left', users.count('vty') == n + 1, users)


def memory_has(word):
    """None: this process may not look."""
    try:
        with open('/proc/%d/maps' % PID) as maps, open('/proc/%d/mem' % PID, 'rb', 0) as mem:
            for line in maps:
                span = re.match(r'([0-9a-f]+)-([0-9a-f]+) rw.. (.*)', line)
                if not span or '[v' in line:
                    continue
                begin, end = int(span.group(1), 16), int(span.group(2), 16)
                while begin < end:
                    n = min(end - begin, 1 << 24)
                    mem.seek(begin)
                    try:
                        if word in mem.read(n):
                            return True
                    except OSError:
                        break
                    begin += n
    except OSError:
        return None
    return False


def alias_cut():
    cut('configure terminal\ralias exec whole show clock\ralias exec halfway show cl', 'halfway show cl')
    left(0)
    config = run('show running-config')
    check('the alias that was ended is there', 'alias exec whole show clock' in config)
    check('the one that was not is not', 'halfway' not in config)


def send_cut():
    other = connect()
    ear = other.invoke_shell()
    until(ear, '#')
    cut('send *\rcut-off words', 'cut-off words')
    left(1)
    check('a message that was not ended is nobody\'s', 'cut-off' not in until(ear, 'cut-off', 2))
    c = connect()
    ch = c.invoke_shell()
    until(ch, '#')
    ch.send('send *\rwhole words\r\x1a')
    until(ch, '[confirm]', 5)
    ch.send('\r')
    check('one that was is', 'whole words' in until(ear, 'whole words'))
    c.close()
    other.close()


def paste_cut():
    known = 'Zq7known%dkeyZq7' % PID
    secret = 'Zq7never%dtoldZq7' % PID
    lines = ''.join('access-list 120 permit udp any host 10.0.%d.%d\r' % (i // 200, i % 200 + 1) for i in range(400))
    cut('configure terminal\r' + lines + 'hostname KNOWN\rcrypto isakmp key %s address 10.9.9.9\rusername eve secret %s' % (known, secret), secret)
    left(0)
    config = run('show running-config')
    check('the paste\'s whole lines are there', config.count('permit udp any host 10.0.') == 400 and known in config,
          config.count('permit udp any host 10.0.'))
    check('its half line is not', 'eve' not in config)
    has = memory_has(known.encode())
    if has is None:
        print('the router\'s memory: only root may look')
        return
    check('the key in use is found in the memory', has)
    check('the secret that was cut off is not', not memory_has(secret.encode()))


def packets_cut():
    """Whole handshakes, then bytes that no packet is, or a packet of which the most never comes."""
    secret = 'Zq8never%dtoldZq8' % PID
    for i, bad in enumerate((b'\0' * 64, b'\xff' * 4096, struct.pack('>I', 1 << 20) + b'x' * 16, struct.pack('>I', 32) + b'\x05')):
        c = connect()
        ch = c.invoke_shell()
        until(ch, '#')
        ch.send('username mallory%d secret %s' % (i, secret))
        until(ch, secret)
        sock = c.get_transport().sock
        sock.sendall(bad)
        time.sleep(0.05)
        sock.close()
    left(0)
    check('after packets that are none nothing is configured', 'mallory' not in run('show running-config'))
    has = memory_has(secret.encode())
    check('and what had been typed is not in the memory', not has)


for attack in alias_cut, send_cut, paste_cut, packets_cut:
    attack()
check('the router still runs', os.path.exists('/proc/%d' % PID))
sys.exit(1 if failed else 0)
