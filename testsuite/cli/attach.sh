#!/bin/bash
# The Unix socket: consoles by `inspire attach`, their statuses, who may come, how a lab that serves ends.
set -u

# What python3 looks at is not looked at without it, and so it is said in the end.
py() {
	if command -v python3 >/dev/null; then
		python3 "$@"
	else
		cat >/dev/null
		unseen="python3 is not installed: messages that are none were not sent"
	fi
}
unseen=
top=$(cd "${srcdir:-.}" && pwd)
inspire=$PWD/inspire
dir=$(mktemp -d)
lab=
trap '[ -z "$lab" ] || kill "$lab" 2>/dev/null; rm -rf "$dir"' EXIT
unset SSH_ORIGINAL_COMMAND XDG_RUNTIME_DIR
failed=0

# status EXPECTED NAME COMMAND...: output goes to $dir/out
status() {
	local want=$1 name=$2 got=0
	shift 2
	"$@" >"$dir/out" 2>"$dir/err" || got=$?
	if [ "$got" != "$want" ]; then
		echo "$name: status $got instead of $want"
		cat "$dir/out" "$dir/err"
		failed=1
	fi
}

# holds NAME TEXT: the last output has that line
holds() {
	if ! grep -qxF -- "$2" "$dir/out"; then
		echo "$1: no line $2"
		cat "$dir/out" "$dir/err"
		failed=1
	fi
}

# begin: a lab that waits for us; its own input has ended
begin() {
	"$inspire" lab --clock virtual --socket "$dir/s" "$top/examples/invalid-spi/lab.yml" </dev/null >"$dir/lab" 2>&1 &
	lab=$!
	for _ in $(seq 100); do
		grep -q "^inspire attach" "$dir/lab" && return
		sleep 0.1
	done
	echo "the lab did not begin"
	exit 1
}

attach() {
	"$inspire" attach --socket "$dir/s" "$@"
}

begin
[ "$(stat -c %a "$dir/s")" = 600 ] || { echo "the socket's mode is not 0600"; failed=1; }
status 0 "a command" attach -c 'show clock' Router1 </dev/null
holds "a command" "13:00:00.000 UTC Fri Mar 13 2015"
status 1 "a refused command" attach -c 'show nonsense' Router1 </dev/null
holds "a refused command" "% Invalid input detected at '^' marker."
status 2 "no such router" attach Router9 </dev/null
status 2 "no such socket" "$inspire" attach --socket "$dir/none" Router1 </dev/null
status 2 "a command that is too long" attach -c "$(head -c 5000 /dev/zero | tr '\0' x)" Router1 </dev/null

# Somebody who reads late gets all of it, also where the last of it comes after the command has ended.
many=$(printf 'show parser dump all\n%.0s' 1 2 3 4 5 6 7 8)
all=$(attach -c "$many" Router1 </dev/null | wc -c)
[ "$all" -gt 200000 ] || { echo "only $all bytes of a long text came"; failed=1; }
late=$(attach -c "$many" Router1 </dev/null | (sleep 0.5; wc -c))
[ "$late" = "$all" ] || { echo "$late of $all bytes reached somebody who reads late"; failed=1; }

status 0 "the router's name in any case" attach -c 'show privilege' rOUTER2 </dev/null
holds "privilege" "Current privilege level is 15"

# lines from a pipe, and what they leave behind; several at once
printf 'configure terminal\nhostname Renamed\nend\n' >"$dir/typed"
status 0 "lines" attach Router1 <"$dir/typed"
status 0 "what they changed" attach -c 'show running-config | include hostname' Router1 </dev/null
holds "what they changed" "hostname Renamed"
printf 'ping 10.0.0.99\n' | attach Router1 >"$dir/ping" 2>&1 &
ping=$!
status 0 "beside a command under way" attach -c 'show privilege' Router2 </dev/null
wait "$ping" || { echo "the ping's console was lost"; failed=1; }
grep -q 'Success rate is 0 percent' "$dir/ping" || { echo "lab time did not run for a remote ping"; cat "$dir/ping"; failed=1; }

# ForceCommand's variable
SSH_ORIGINAL_COMMAND='show privilege' status 0 "SSH_ORIGINAL_COMMAND" attach Router1 </dev/null
holds "SSH_ORIGINAL_COMMAND" "Current privilege level is 15"

# what is no message ends that link alone
py - "$dir/s" <<'EOF' || failed=1
import socket, struct, sys
def link():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(sys.argv[1])
    s.settimeout(20)
    return s
def msg(t, numbers=(), strings=()):
    b = b''.join(struct.pack('>I', n) for n in numbers) + b''.join(struct.pack('>H', len(s)) + s for s in strings)
    return bytes([t, 0]) + struct.pack('>H', len(b)) + b
FIND, START, DATA, SIZE, BREAK, EOF = 15, 16, 17, 18, 19, 20
bad = [b'x', b'\0' * 16384, msg(200), msg(DATA, (), (b'x',)), msg(SIZE, (1, 1)), msg(BREAK), msg(EOF), msg(3, (1, 0, 1, 1), (b'127.0.0.1', b'127.0.0.1')),
    msg(START, (0, 0, 0, 1), (b'', b'show clock', b'Router1'))[:-1]]
for b in bad:
    s = link()
    s.send(b)
    if s.recv(16384) != b'':
        sys.exit('an answer to ' + repr(b[:20]))
s = link()                      # begun twice
s.send(msg(START, (0, 0, 0, 0), (b'', b'', b'Router1')))
s.send(msg(START, (0, 0, 0, 0), (b'', b'', b'Router1')))
while s.recv(16384) != b'':
    pass
s = link()                      # gone in configuration mode
s.send(msg(START, (1, 80, 24, 0), (b'xterm', b'', b'Router1')))
s.send(msg(DATA, (), (b'configure terminal\rinterface Loopback9\r',)))
s.recv(16384)
s.close()
flood = link()                  # never reads
flood.send(msg(START, (1, 80, 0, 0), (b'xterm', b'', b'Router1')))
flood.setblocking(False)
try:
    for _ in range(1000):
        flood.send(msg(DATA, (), (b'show running-config all\r' * 100,)))
except BlockingIOError:
    pass
silent = [link() for _ in range(30)]
EOF
status 0 "beside all that" attach -c 'show privilege' Router1 </dev/null

kill -TERM "$lab"
wait "$lab"
got=$?
lab=
[ $got = 0 ] || { echo "SIGTERM: status $got"; failed=1; }
[ ! -e "$dir/s" ] || { echo "the socket is left behind"; failed=1; }

# a socket that is left behind by a lab that was killed is taken over; one that is in use is not
begin
status 2 "a socket in use" "$inspire" lab --clock virtual --socket "$dir/s" "$top/examples/invalid-spi/lab.yml" </dev/null
{ kill -KILL "$lab"; wait "$lab"; } 2>/dev/null
begin
status 0 "taken over" attach -c 'show privilege' Router1 </dev/null
kill -INT "$lab"
wait "$lab" || { echo "SIGINT: status $?"; failed=1; }
lab=
[ $failed = 0 ] && [ -n "$unseen" ] && { echo "$unseen"; exit 77; }
exit $failed
