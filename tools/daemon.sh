#!/bin/bash
# tools/daemon.sh INSPIRE: routers that run as daemons: what rights they keep, devices that come back, a second start,
# what a supervisor is told, what a peer hears at the end, SSH under all that.  Root and other users alike work in a network
# namespace of their own; a user who is no root cannot become somebody else there, and that part is skipped by name.
set -u
if [ "${2:-}" != inside ]; then
	command -v unshare >/dev/null || { echo "unshare is not installed"; exit 77; }
	command -v ip >/dev/null || { echo "ip (iproute2) is not installed"; exit 77; }
	[ "$(id -u)" = 0 ] && how=-n || how=-Urn
	unshare $how true 2>/dev/null || { echo "no network namespace can be made here"; exit 77; }
	exec unshare $how "$0" "$(realpath "$1")" inside "$(id -u)"
fi
inspire=$1
top=$(cd "$(dirname "$0")/.." && pwd)
ip link set lo up || exit 2
work=$(mktemp -d)
started=
trap 'for p in $started; do kill -KILL $p 2>/dev/null; done 2>/dev/null; wait; rm -rf "$work"' EXIT
unset SSH_ORIGINAL_COMMAND SSH_AUTH_SOCK XDG_RUNTIME_DIR NOTIFY_SOCKET
chmod 755 "$work"
mkdir "$work/a" "$work/b"
cd "$work" || exit 2
failed=0 skipped=

check() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then
		printf '%-60s ok\n' "$name"
	else
		printf '%-60s FAILED\n' "$name"
		[ ! -s out ] || tail -n 20 out
		failed=1
	fi
}
holds() { grep -qF -- "$1" out; }
lacks() { ! holds "$1"; }
# until_ TENTHS COMMAND...: waits for it to be true
until_() {
	local n=$1
	shift
	for _ in $(seq "$n"); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
field() { sed -n "s/^$2:[[:space:]]*\\([0-9a-f]*\\).*/\\1/p" "/proc/$1/status"; }
gone() { [ ! -e "/proc/$1" ] || [ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)" = Z ]; }
shows() { # ROUTER COMMAND: into out
	"$inspire" attach --socket "$work/$1/s" -c "$2" Router </dev/null >out 2>&1
}
says() { shows "$1" "$2" && grep -q -- "$3" out; }

router_cfg() { # NAME OWN OTHER INSIDE
	cat <<CFG
hostname $1
ip domain name lab.local
username admin privilege 15 secret lab123
crypto isakmp policy 1
 encryption aes
 authentication pre-share
 group 14
crypto isakmp key wire1234 address $3
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto ipsec profile P
 set transform-set T
interface Tunnel0
 ip address 10.9.9.$4 255.255.255.0
 tunnel source GigabitEthernet0/0
 tunnel mode ipsec ipv4
 tunnel destination $3
 tunnel protection ipsec profile P
interface GigabitEthernet0/0
 ip address $2 255.255.255.0
 no shutdown
interface GigabitEthernet0/1
 ip address 198.51.100.1 255.255.255.0
 no shutdown
line vty 0 4
 login local
end
CFG
}
router_cfg A 192.0.2.1 192.0.2.2 1 >a/r.cfg
router_cfg B 192.0.2.2 192.0.2.1 2 >b/r.cfg
ip link add pvV0 type veth peer name pvV1 && ip link set pvV0 up && ip link set pvV1 up || exit 2

user=root
if [ "$3" = 0 ] && id nobody >/dev/null 2>&1; then
	user=nobody
	chown -R nobody a b
else
	skipped="becoming another user (not root)"
fi
[ -r /dev/net/tun ] && [ -w /dev/net/tun ] && tap="--port Gi0/1=tap:pvT0" || { tap=; skipped="${skipped:+$skipped, }a tap (no /dev/net/tun)"; }

# ---- a start, and what it leaves ----

begin() { # ROUTER OPTION...
	local r=$1
	shift
	"$inspire" router --daemon --pidfile "$work/$r/pid" --socket "$work/$r/s" --user $user "$@" "$work/$r/r.cfg" >"$r.said" 2>&1 </dev/null
}
begin a --port Gi0/0=pcap:pvV0 $tap --flash "$work/a/flash" --ssh 127.0.0.1:0
check "a start returns when all is up" [ $? = 0 ]
cp a.said out
check "it says where the console is" holds "inspire attach --socket $work/a/s Router"
A=$(cat a/pid 2>/dev/null || echo 0)
started="$started $A"
check "the PID file names it" [ "$(cat "/proc/$A/comm" 2>/dev/null)" = inspire ]
check "it has a session of its own" [ "$(ps -o sid= -p "$A" | tr -d ' ')" = "$A" ]
opener=$(pgrep -P "$A" -x inspire | head -n 1)
if [ $user = nobody ]; then
	check "the router's process is nobody's" [ "$(field "$A" Uid)" = "$(id -u nobody)" ]
	check "and of no other group" [ "$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$A/status" | tr -d ' ')" = "" ]
fi
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	check "it keeps no capability: $set" [ "$(field "$A" $set)" = 0000000000000000 ]
done
check "the opener keeps CAP_NET_RAW and CAP_NET_ADMIN alone" [ "$(field "$opener" CapEff)" = 0000000000003000 ]
check "neither gets new ones" [ "$(field "$A" NoNewPrivs)$(field "$opener" NoNewPrivs)" = 11 ]
if grep -q 'not filtered' a.said; then
	skipped="${skipped:+$skipped, }the filter ($(sed -n 's/.*not filtered: //p' a.said))"
else
	for p in "$A" $(pgrep -P "$A"); do
		# Who makes a key may be done with it by now.
		filter=$(field "$p" Seccomp 2>/dev/null) || :
		[ -n "$filter" ] || [ "$p" = "$A" ] || continue
		check "system calls are filtered: $(ps -o args= -p "$p" | cut -c 1-24)" [ "$filter" = 2 ]
	done
fi

begin a --port Gi0/0=pcap:pvV0
check "a second start is refused" [ $? = 2 ]
check "with the reason" grep -q "runs already, as process $A" a.said
check "the first one does not mind" shows a 'show privilege'
printf 'hostname X\nnonsense\n' >bad.cfg
"$inspire" router --daemon --port Gi0/0=pcap:no-such-kind:x bad.cfg >out 2>&1
"$inspire" router --daemon --port Gi0/0=pigeon:x bad.cfg >out 2>&1
check "the starting command tells of what is wrong" [ $? = 2 ]
check "and what" holds "pigeon"
"$inspire" router --daemon none.cfg >out 2>&1
check "a configuration that is not there" [ $? = 2 ]

# ---- under all that ----

shows a 'write memory'
check "write memory" holds "[OK]"
check "NVRAM is the same file, new" grep -q '^hostname A' a/r.cfg
shows a 'show running-config | redirect flash:copy.txt'
check "flash" [ -s a/flash/copy.txt ]
printf 'tclsh\nputs [expr 6 * 7]\nexit\n' | "$inspire" attach --socket "$work/a/s" Router >out 2>&1
check "Tcl" holds 42
printf 'configure terminal\ncrypto key generate rsa modulus 1024 label pvK\nend\n' | "$inspire" attach --socket "$work/a/s" Router >out 2>&1
check "a key pair" until_ 100 says a 'show crypto key mypubkey rsa' pvK
if command -v ssh >/dev/null; then
	port=$(sed -n 's/^Router: ssh -p \([0-9]*\) .*/\1/p' out a.said | head -n 1)
	port=${port:-$(ss -Hltn 2>/dev/null | sed -n 's/.*127.0.0.1:\([0-9]*\) .*/\1/p' | head -n 1)}
	printf '#!/bin/sh\necho lab123\n' >askpass && chmod 700 askpass
	ssh_in() {
		SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force HOME=$work ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
			-o LogLevel=ERROR -o ConnectTimeout=10 -p "$port" admin@127.0.0.1 'show privilege' </dev/null >out 2>&1
	}
	check "SSH" ssh_in
	kill -SEGV $(pgrep -P "$A" -f 'inspire gateway')
	until_ 50 ssh_in
	check "SSH, after its process was killed" holds "level is 15"
else
	skipped="${skipped:+$skipped, }SSH (openssh-client is not installed)"
fi
kill -HUP "$A"
check "SIGHUP is told of" until_ 20 says a 'show logging' 'SIGHUP was ignored'
if [ -n "$tap" ]; then
	up() { ip link set pvT0 up && says a 'show ip interface brief' '^GigabitEthernet0/1 .*up  *up'; }
	check "a tap that the opener made" until_ 50 up
	ip link del pvT0
	check "it is gone: the line is down" until_ 50 says a 'show ip interface brief' '^GigabitEthernet0/1 .*down'
	check "it comes back by the opener" until_ 80 up
fi

# ---- what the peer hears ----

begin b --port Gi0/0=pcap:pvV1 --log stderr
check "its peer" [ $? = 0 ]
B=$(cat b/pid 2>/dev/null || echo 0)
started="$started $B"
session_up() { says b 'show crypto session' 'Session status: UP-ACTIVE'; }
check "SAs between the two" until_ 100 session_up
kill -TERM "$A"
check "SIGTERM: the peer's SAs are gone, since it was told" until_ 20 says b 'show crypto session' 'Session status: DOWN'
check "the process too" until_ 20 gone "$A"
check "its children too" until_ 20 gone "$opener"
check "its PID file is empty or gone" [ ! -s a/pid ]
check "its socket is gone" [ ! -e a/s ]
check "nothing was saved unasked" lacks "hostname X"

printf '99999999\n' >a/pid.old && cat a/pid.old >a/pid
begin a --port Gi0/0=pcap:pvV0
check "a PID file that a dead one left is taken over" [ $? = 0 ]
A=$(cat a/pid)
started="$started $A"
check "SAs again" until_ 100 session_up
kill -KILL "$A"
until_ 20 gone "$A"
sleep 1
check "SIGKILL: nobody is told (so the DELETE it was above)" session_up
kill -INT "$B"
check "SIGINT ends one too" until_ 20 gone "$B"

# ---- a lab on real wires ----

cat >lab.yml <<'EOF3'
name: wires
topology:
  nodes:
    R1: { kind: linux, startup-config: a/r.cfg }
    R2: { kind: linux, startup-config: b/r.cfg }
  links:
    - endpoints: ["R1:GigabitEthernet0/0", "host:pvV0"]
    - endpoints: ["R2:GigabitEthernet0/0", "host:pvV1"]
EOF3
"$inspire" lab --clock real --user $user --socket "$work/b/lab" lab.yml </dev/null >lab.said 2>&1 &
L=$!
started="$started $L"
lab_pings() { "$inspire" attach --socket "$work/b/lab" -c 'ping 192.0.2.2' R1 </dev/null >out 2>&1 && holds '!!'; }
check "a lab on wires" until_ 50 lab_pings
check "keeps no capability either" [ "$(field "$L" CapEff)" = 0000000000000000 ]
kill -TERM "$L"
wait "$L"
check "and ends in order" [ $? = 0 ]

# ---- a supervisor ----

if [ -x /usr/bin/python3 ]; then
	/usr/bin/python3 - "@inspire-$$" "$inspire" "$work/b/r.cfg" $user >out 2>&1 <<'EOF2'
import os, signal, socket, subprocess, sys
name, inspire, config, user = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\0' + name[1:])
s.settimeout(10)
env = dict(os.environ, NOTIFY_SOCKET=name, WATCHDOG_USEC='300000')
p = subprocess.Popen([inspire, 'router', '--log', 'stderr', '--user', user, '--port', 'Gi0/0=pcap:pvV1', config], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
first = s.recv(4096).decode()
assert first.startswith('READY=1\nSTATUS=B runs'), first
assert s.recv(4096) == b'WATCHDOG=1'
assert s.recv(4096) == b'WATCHDOG=1'
p.send_signal(signal.SIGTERM)
while (last := s.recv(4096)) == b'WATCHDOG=1':
    pass
assert last.startswith(b'STOPPING=1'), last
err = p.communicate(timeout=10)[1].decode()
assert p.returncode == 0, p.returncode
assert '%SYS-5-RESTART' in err, err
print('told')
EOF2
	check "a supervisor is told, and its watchdog fed" holds told
else
	skipped="${skipped:+$skipped, }a supervisor (python3 is not installed)"
fi

if command -v systemd-analyze >/dev/null; then
	sed "s,/usr/local/bin/inspire,$inspire," "$top/examples/systemd/inspire@.service" >"$work/inspire@.service"
	systemd-analyze verify --man=no "$work/inspire@r1.service" >out 2>&1
	check "the unit is understood" [ $? = 0 ]
	grep -v "^$" out | grep -i "inspire@" >unit || :
	check "without complaint" [ ! -s unit ]
else
	skipped="${skipped:+$skipped, }the unit (systemd-analyze is not installed)"
fi

# ---- no root, but two capabilities: as the unit starts it ----

if [ $user = nobody ] && command -v setpriv >/dev/null; then
	two=-all,+net_raw,+net_admin
	setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups --inh-caps=$two --ambient-caps=$two --bounding-set=$two --no-new-privs \
		"$inspire" router --log stderr --socket "$work/b/s" --port Gi0/0=pcap:pvV1 b/r.cfg </dev/null >out 2>&1 &
	D=$!
	started="$started $D"
	check "started with two capabilities it has its device" until_ 50 says b 'show ip interface brief' '^GigabitEthernet0/0 .*up  *up'
	check "the router's process keeps neither" [ "$(field "$D" CapPrm)$(field "$D" CapAmb)" = 00000000000000000000000000000000 ]
	check "the opener both" [ "$(field "$(pgrep -P "$D" -x inspire | head -n 1)" CapEff)" = 0000000000003000 ]
	kill -TERM "$D"
	wait "$D"
	check "it ends in order" [ $? = 0 ]
fi

# ---- files that a dropped process cannot write ----

if [ $user = nobody ]; then
	mkdir c && cp b/r.cfg c/r.cfg && chmod 644 c/r.cfg
	"$inspire" router --daemon --pidfile "$work/c/pid" --user nobody c/r.cfg >out 2>&1
	check "a start in a folder of somebody else's" [ $? = 0 ]
	check "says that write memory would fail" holds "write memory would fail"
	check "and where its console is" holds "inspire attach --socket "
	C=$(cat c/pid)
	started="$started $C"
	"$inspire" attach --socket "$(sed -n 's/.*--socket \(.*\) Router/\1/p' out)" -c 'show privilege' Router </dev/null >out 2>&1
	check "which root may enter" holds "level is 15"
	kill -TERM "$C"
	until_ 20 gone "$C"
	chmod 600 c/r.cfg
	"$inspire" router --daemon --user nobody c/r.cfg >out 2>&1
	check "a configuration that the user cannot read" [ $? = 2 ]
	check "with the reason" holds "nobody cannot read c/r.cfg"
	"$inspire" router --daemon --user nobody-of-that-name c/r.cfg >out 2>&1
	check "a user that does not exist" [ $? = 2 ]
fi
[ -z "$skipped" ] || echo "left out: $skipped"
[ $failed != 0 ] || [ $user = nobody ] || { echo "all but $skipped"; exit 77; }
exit $failed
