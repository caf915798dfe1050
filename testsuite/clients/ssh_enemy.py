"""What an SSH server has to bear: python3-paramiko and raw sockets against `inspire router --ssh`.  Argument: the port.

Beside each of them a login and a command still work, and another session's keys are still echoed.
"""
import socket
import sys
import threading
import time

import paramiko

HOST, PORT = '127.0.0.1', int(sys.argv[1])
failed = []


def check(name, ok, saw=''):
    print('%-52s %s' % (name, 'ok' if ok else 'FAILED ' + repr(saw)))
    if not ok:
        failed.append(name)


def connect(user='admin', password='lab123', patience=30):
    c = paramiko.SSHClient()
    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    c.connect(HOST, PORT, user, password, look_for_keys=False, allow_agent=False, timeout=patience,
              banner_timeout=patience, auth_timeout=patience)
    return c


def run(command):
    c = connect()
    _, out, _ = c.exec_command(command)
    text = out.read().decode()
    status = out.channel.recv_exit_status()
    c.close()
    return status, text


def alive(name):
    began = time.time()
    status, text = run('show privilege')
    check('beside ' + name, status == 0 and 'level is 15' in text and time.time() - began < 10, (status, text))


def until(channel, what, seconds=10, other='\0'):
    seen, end = '', time.time() + seconds
    while what not in seen and other not in seen and time.time() < end:
        if channel.recv_ready():
            seen += channel.recv(4096).decode(errors='replace')
        else:
            time.sleep(0.01)
    return seen


class Echo(threading.Thread):
    """Keys typed all the while in a session of its own."""

    def __init__(self):
        super().__init__()
        self.client = connect()
        self.channel = self.client.invoke_shell()
        until(self.channel, '#')
        self.late, self.stop = [], False

    def run(self):
        while not self.stop:
            began = time.time()
            self.channel.send('x')
            self.channel.recv(1)
            self.late.append(time.time() - began)
            self.channel.send('\x15')
            time.sleep(0.05)
            while self.channel.recv_ready():
                self.channel.recv(4096)


def no_packets():
    samples = [b'GET / HTTP/1.0\r\n\r\n', b'\0' * 5000, b'SSH-2.0-' + b'A' * 100000, b'SSH-1.5-old\r\n',
               b'SSH-2.0-x\r\n' + bytes(range(256)) * 20, b'SSH-2.0-x\r\n\xff\xff\xff\xff' + b'\0' * 100,
               b'SSH-2.0-x\r\n\0\0\0\x0c\x0a\x14', b'SSH-2.0-x\r\n\0\0\0\0\0\0\0\0', b'SSH-2.0-x\r\n' + b'\0\0\x01\x00\x04\x14' + b'\xff' * 250]
    for sample in samples:
        s = socket.create_connection((HOST, PORT))
        s.settimeout(5)
        try:
            s.sendall(sample)
            while s.recv(4096):
                pass
        except OSError:
            pass
        s.close()
    alive('what is no packet')


def silent():
    crowd = [socket.create_connection((HOST, PORT)) for _ in range(500)]
    alive('500 connections that never speak')
    for s in crowd:
        s.close()


def slow():
    """Half a key exchange, a byte at a time."""
    crowd = [socket.create_connection((HOST, PORT)) for _ in range(10)]
    for byte in b'SSH-2.0-slow':
        for s in crowd:
            try:
                s.send(bytes([byte]))
            except OSError:
                pass
    alive('ten that take their time')
    for s in crowd:
        s.close()


def strangers():
    """As many as may be there before they have logged in, each with its keys exchanged."""
    held = []
    for _ in range(64):
        t = paramiko.Transport((HOST, PORT))
        t.start_client(timeout=20)
        held.append(t)
    alive('64 that never say who they are')
    for t in held:
        t.sock.close()


def rights():
    """One with level 1, and one whose command is given."""
    def said(user, password, command):
        c = connect(user, password)
        _, out, _ = c.exec_command(command)
        text = out.read().decode()
        c.close()
        return text
    for command in 'show running-config', 'configure terminal', 'show clock | redirect flash:x', 'more flash:x', 'tclsh', 'reload':
        text = said('guest', 'guest123', command)
        check('level 1: ' + command, '%' in text and 'secret' not in text, text)
    check('his command and no other', 'level is 15' in said('robot', 'robot123', 'show running-config'))


def other_lines():
    """The second session of a connection gets a line that lets nobody in."""
    run('configure terminal\nline vty 2 15\ntransport input none')
    c = connect()
    ch = c.invoke_shell()
    until(ch, '#')
    second = c.get_transport().open_session()
    second.exec_command('show privilege')
    text = second.recv(500).decode()
    check('a line that lets nobody in', 'Not a transport' in text, text)
    second.close()
    ch.send('configure terminal\rline vty 2 15\rtransport input ssh\rend\r')
    until(ch, 'R1#')
    c.close()


def channels():
    c = connect()
    t = c.get_transport()
    opened = []
    for _ in range(8):
        try:
            opened.append(t.open_session(timeout=10))
        except paramiko.ChannelException:
            pass
    check('four channels on a connection, no more', len(opened) == 4, len(opened))
    for ch in opened:
        ch.close()
    for kind in 'direct-tcpip', 'x11', 'auth-agent@openssh.com', 'nonsense':
        try:
            t.open_channel(kind, ('127.0.0.1', 22), ('127.0.0.1', 1), timeout=10)
            check(kind + ' is refused', False)
        except paramiko.SSHException:
            check(kind + ' is refused', True)
    try:
        t.request_port_forward('127.0.0.1', 0)
        check('forwarding is refused', False)
    except paramiko.SSHException:
        check('forwarding is refused', True)
    for name, request in (('sftp', lambda ch: ch.invoke_subsystem('sftp')), ('a command of 5000 characters', lambda ch: ch.exec_command('x' * 5000)),
                          ('a command with an escape', lambda ch: ch.exec_command('show \x1b[2J'))):
        ch = t.open_session()
        try:
            request(ch)
            check(name + ' is refused', False)
        except paramiko.SSHException:
            check(name + ' is refused', True)
        ch.close()
    ch = t.open_session()
    ch.set_environment_variable('LD_PRELOAD', '/tmp/x.so')
    ch.exec_command('show privilege')
    check('a command behind all that', ch.recv_exit_status() == 0)
    ended = 0
    for _ in range(40):
        ch = t.open_session()
        ch.exec_command('show privilege')
        ended += ch.recv_exit_status() == 0
        ch.close()
    check('forty channels, one behind the other', ended == 40, ended)
    c.close()


def never_reads():
    c = connect()
    ch = c.get_transport().open_session(window_size=4096, max_packet_size=4096)
    ch.get_pty()
    ch.invoke_shell()
    ch.send('terminal length 0\r')
    for _ in range(100):
        ch.send('show running-config all\r')
    time.sleep(1)
    alive('one that does not read')
    check('it is still there', 'vty 1' in run('show users')[1])
    c.close()


def leaves():
    c = connect()
    ch = c.invoke_shell()
    ch.send('configure terminal\rinterface Loopback9\r')
    until(ch, 'config-if')
    c.get_transport().sock.close()
    for _ in range(50):
        users = run('show users')[1]
        if users.count('vty') == 2:
            break
        time.sleep(0.1)
    check('one that is gone in configuration mode has left', users.count('vty') == 2, users)


def crowd():
    results, gate = [], threading.Event()

    def one():
        try:
            c = connect()
            ch = c.invoke_shell()
            results.append('in' if '#' in until(ch, '#', other='%') else 'full')
            gate.wait(60)
            c.close()
        except Exception as e:
            results.append(repr(e))
    threads = [threading.Thread(target=one) for _ in range(50)]
    for t in threads:
        t.start()
    end = time.time() + 50
    while len(results) < 50 and time.time() < end:
        time.sleep(0.05)
    check('fifty at once: fifteen lines are left, the others are told', results.count('in') == 15 and results.count('full') == 35,
          (results.count('in'), results.count('full'), [r for r in results if r not in ('in', 'full')][:3]))
    gate.set()
    for t in threads:
        t.join()
    time.sleep(0.5)
    alive('fifty that have gone')


def wrong():
    tries = 0
    t = paramiko.Transport((HOST, PORT))
    t.start_client(timeout=10)
    try:
        for _ in range(10):
            try:
                t.auth_password('admin', 'wrong', fallback=False)
            except paramiko.AuthenticationException:
                tries += 1
    except (paramiko.SSHException, EOFError):
        pass
    check('three wrong passwords, then it is over', tries <= 4 and not t.is_active(), tries)   # the fourth: the end itself
    t.close()
    for name in 'a\x00b', 'x' * 3000, '\x1b[31mred', '':
        try:
            connect(name, 'x').close()
            check('a name that is none', False, name)
        except paramiko.SSHException:
            pass
    check('names that are none', True)


echo = Echo()
echo.start()
for attack in no_packets, silent, slow, strangers, rights, other_lines, channels, never_reads, leaves, crowd, wrong:
    attack()
echo.stop = True
echo.join()
late = sorted(echo.late)
print('echo of %u keys meanwhile: median %.1f ms, at most %.0f ms' % (len(late), late[len(late) // 2] * 1000, late[-1] * 1000))
check('each key was echoed', len(late) > 20 and late[-1] < 15)
echo.client.close()
sys.exit(1 if failed else 0)
