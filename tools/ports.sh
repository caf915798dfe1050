#!/bin/bash
# tools/ports.sh INSPIRE [TEST...]: routers on wires of this machine: interfaces, taps and tuns that the kernel answers on, devices
# that come and go, a wire that gives back what it is sent, two routers with a tunnel over a cable.
#
# All of it in namespaces that end with this script.  Without root it asks for a user namespace; where there is none, or no
# /dev/net/tun, it says what it could not do.
set -u
if [ "${1:-}" != --inside ]; then
	inspire=$(realpath "${1:-./inspire}")
	shift
	user=
	[ "$(id -u)" = 0 ] || user=-Ur
	if ! unshare $user -nmpf --mount-proc --kill-child true 2>/dev/null; then
		echo "not root, and no user namespaces here: no test of wires (pcap, tap, tun, joined, recovery, tunnel, workers, workers_map, loop, lab, errors)"
		exit 77
	fi
	for t in ip python3 setpriv; do
		command -v "$t" >/dev/null || { echo "$t is missing: no test of wires"; exit 77; }
	done
	# shellcheck disable=SC2086
	exec unshare $user -nmpf --mount-proc --kill-child "$0" --inside "$inspire" "$@"
fi
inspire=$2
shift 2
tests="${*:-pcap pcap_tcp tap tun joined recovery tunnel workers workers_map loop mtu lab errors}"
skipped=
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 777 "$dir"			# where the router becomes another user, he has his socket there
umask 022
cd "$dir" || exit 1
# In a user namespace there is nobody else to become.
user=
[ "$(wc -l </proc/self/uid_map)" = 1 ] && [ "$(awk '{ print $3 }' /proc/self/uid_map)" = 1 ] && user="--user root"
ip link set lo up

fail() {
	echo "FAILED: $*"
	failed=$((failed + 1))
	[ "$failed" -lt 5 ] || exit 1
}

# soon COMMAND...: becomes true within 15 seconds
soon() {
	local end=$((SECONDS + 15))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# space: a network namespace, by the process that holds it
space() {
	unshare -n sleep infinity &
	space=$!
	soon apart $space
	in_space $space ip link set lo up
}
apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/$$/ns/net)" ]
}
in_space() {
	local s=$1
	shift
	nsenter -t "$s" -n "$@"
}

# cable SPACE DEV SPACE DEV: both ends up
cable() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	in_space "$1" ip link set "$2" up
	in_space "$3" ip link set "$4" up
}

# router SPACE NAME PORT...: runs NAME.cfg, with what $options says; its messages are in NAME.log
options=
router() {
	local s=$1 name=$2 ports=()
	shift 2
	for p in "$@"; do ports+=(--port "$p"); done
	# shellcheck disable=SC2086
	nsenter -t "$s" -n "$inspire" router $user $options "${ports[@]}" --socket "$dir/$name.sock" "$name.cfg" >"$name.log" 2>&1 </dev/null &
	eval "pid_$name=$!"
	soon test -S "$dir/$name.sock" && return
	fail "$name does not start: $(cat "$name.log")"
	exit 1
}
stop() {
	eval "kill \$pid_$1; wait \$pid_$1" 2>/dev/null
}
# at NAME COMMAND: what a router says to it
at() {
	local name=$1
	shift
	printf 'enable\n%s\n' "$*" | timeout 20 "$inspire" attach --socket "$dir/$name.sock" "$name" 2>&1
}
says() {
	at "$1" "$2" | grep -Eq -e "$3"
}
logged() {
	soon grep -Eq -e "$2" "$1.log" || fail "$1 never says: $2
$(cat "$1.log")"
}
# times NAME REGEX N: so many lines
times() {
	soon eval "[ \$(grep -Ec -e '$2' $1.log) -ge $3 ]" || fail "$1 does not say $3 times: $2
$(cat "$1.log")"
}
pings() {
	soon in_space "$1" python3 "$dir/net.py" ping "$2" "${3:-56}" || fail "no answer from $2 (${3:-56})"
}
router_pings() {
	soon says "$1" "ping $2" 'Success rate is (100|80) percent' || fail "$1 does not reach $2: $(at "$1" "ping $2")"
}

cat >net.py <<'PY'
import hashlib, os, select, socket, struct, sys, time

def ping(to, size):
    v6 = ":" in to
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, 58 if v6 else 1)
    body = os.urandom(int(size))
    head = struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, 7, 7)
    words = head + body + b"\0" * (len(body) & 1)
    total = sum(struct.unpack("!%dH" % (len(words) // 2), words))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    s.sendto(struct.pack("!BBHHH", head[0], 0, 0 if v6 else ~total & 0xffff, 7, 7) + body, (to, 0))
    end = time.monotonic() + 2
    while select.select([s], [], [], max(0, end - time.monotonic()))[0]:
        got = s.recv(70000)
        got = got if v6 else got[(got[0] & 15) * 4:]
        if got[0] == (129 if v6 else 0) and got[8:] == body:
            return 0
    return 1

def read_all(s):
    h = hashlib.sha256()
    while True:
        b = s.recv(1 << 20)
        if not b:
            return h.hexdigest()
        h.update(b)

def serve(at, port):
    s = socket.create_server((at, int(port)), family=socket.AF_INET6 if ":" in at else socket.AF_INET)
    while True:
        c = s.accept()[0]
        c.sendall(read_all(c).encode())
        c.close()

def send(to, port, size):
    data = os.urandom(int(size))
    s = socket.create_connection((to, int(port)), 5)
    s.settimeout(10)
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    return 0 if s.recv(100).decode() == hashlib.sha256(data).hexdigest() else 1

# A wire that gives back each frame that it gets.
def loop(dev):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((dev, 0))
    while True:
        frame, where = s.recvfrom(70000)
        if where[2] != socket.PACKET_OUTGOING:
            s.send(frame)

# ESP with another SPI each, from an address each, to a router's address at a station; as fast as may be.
def flood(dev, station, to, packets):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((dev, 0))
    mac = bytes.fromhex(station.replace(".", ""))
    body = os.urandom(64)
    for n in range(int(packets)):
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 92, 0, 0, 64, 50, 0, struct.pack("!I", 0x0a080100 + n % 65000), socket.inet_aton(to))
        total = sum(struct.unpack("!10H", ip))
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        ip = ip[:10] + struct.pack("!H", ~total & 0xffff) + ip[12:]
        try:
            s.send(mac + b"\2\7\7\7\7\7\x08\0" + ip + struct.pack("!II", 0x70000000 + n * 40503 % 0xffffff, 1) + body)
        except OSError:
            pass
    return 0

sys.exit({"ping": ping, "serve": serve, "send": send, "loop": loop, "flood": flood}[sys.argv[1]](*sys.argv[2:]))
PY

cat >R1.cfg <<'EOF'
hostname R1
interface GigabitEthernet0/0
 ip address 10.9.0.1 255.255.255.0
 ipv6 address 2001:db8:9::1/64
 no shutdown
interface GigabitEthernet0/1
 ip address 10.9.1.1 255.255.255.0
 ipv6 address 2001:db8:91::1/64
 no shutdown
ipv6 unicast-routing
end
EOF

# host SPACE DEV: the kernel beside R1's GigabitEthernet0/0
host() {
	in_space "$1" ip addr replace 10.9.0.2/24 dev "$2"
	in_space "$1" ip addr replace 2001:db8:9::2/64 dev "$2" nodad
	in_space "$1" ip link set "$2" up
}
# Both ways, both families, in one packet and in fragments.
reach() {
	logged R1 'LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/0, changed state to up'
	for size in 0 56 1400 1472 1473 9000; do
		pings "$1" 10.9.0.1 $size
		pings "$1" 2001:db8:9::1 $size
	done
	router_pings R1 10.9.0.2
	router_pings R1 2001:db8:9::2
	router_pings R1 '10.9.0.2 size 5000'
	says R1 'show controllers gi0/0' 'Plugged into .*, up' || fail "show controllers: $(at R1 'show controllers gi0/0')"
}

pcap() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v1
	host "$b" v1
	router "$a" R1 Gi0/0=pcap:v0
	reach "$b"
	stop R1
}

# A kernel on the same machine leaves checksums and cutting to the wire; both arrive done at the kernel behind the router.
pcap_tcp() {
	space && a=$space
	space && b=$space
	space && c=$space
	cable "$a" v0 "$b" v1
	cable "$a" w0 "$c" w1
	host "$b" v1
	in_space "$c" ip addr add 10.9.1.2/24 dev w1
	in_space "$c" ip addr add 2001:db8:91::2/64 dev w1 nodad
	for s in "$b 10.9.0.1 2001:db8:9::1" "$c 10.9.1.1 2001:db8:91::1"; do
		# shellcheck disable=SC2086
		set -- $s
		in_space "$1" ip route add default via "$2"
		in_space "$1" ip -6 route add default via "$3"
	done
	router "$a" R1 Gi0/0=pcap:v0 gigabit0/1=pcap:w0
	in_space "$c" python3 net.py serve 10.9.1.2 2000 &
	in_space "$c" python3 net.py serve 2001:db8:91::2 2000 &
	soon in_space "$b" python3 net.py send 10.9.1.2 2000 10 || fail "no TCP over the router"
	in_space "$b" python3 net.py send 10.9.1.2 2000 8000000 || fail "TCP over IPv4 is damaged"
	soon in_space "$b" python3 net.py send 2001:db8:91::2 2000 10 || fail "no TCP over the router, IPv6"
	in_space "$b" python3 net.py send 2001:db8:91::2 2000 8000000 || fail "TCP over IPv6 is damaged"
	stop R1
}

tap_or_tun() {
	if ! ip tuntap add dev t0 mode "$1" 2>/dev/null; then
		skipped="$skipped $1"
		return
	fi
	ip link del t0
	space && a=$space
	in_space "$a" ip tuntap add dev t0 mode "$1"
	host "$a" t0
	router "$a" R1 "g0/0=$1:t0"
	reach "$a"
	in_space "$a" ip link del t0
	logged R1 "PORT-4-LOST: Interface GigabitEthernet0/0: $1:t0: the device is (gone|not up)"
	in_space "$a" ip tuntap add dev t0 mode "$1"
	host "$a" t0
	times R1 'LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to up' 2
	pings "$a" 10.9.0.1
	stop R1
}
# stream FROM TO ADDRESS: TCP between two spaces arrives as it was sent
stream() {
	in_space "$2" python3 net.py serve "$3" 2000 &
	soon in_space "$1" python3 net.py send "$3" 2000 10 || fail "no TCP to $3"
	in_space "$1" python3 net.py send "$3" 2000 8000000 || fail "TCP to $3 is damaged"
	kill $!
}

# What comes in pieces leaves in pieces, from a device of the machine to a cable and back, and nothing of it is changed.
joined() {
	local mode dev
	if ! ip tuntap add dev t0 mode tun 2>/dev/null; then
		skipped="$skipped joined"
		return
	fi
	ip link del t0
	for mode in tun tap; do
		space && a=$space
		space && b=$space
		cable "$a" v0 "$b" v1
		host "$b" v1
		in_space "$a" ip tuntap add dev t0 mode $mode
		in_space "$a" ip addr add 10.9.1.2/24 dev t0
		in_space "$a" ip addr add 2001:db8:91::2/64 dev t0 nodad
		in_space "$a" ip link set t0 up
		router "$a" R1 Gi0/0=pcap:v0 gi0/1=$mode:t0
		in_space "$a" ip route add 10.9.0.0/24 via 10.9.1.1
		in_space "$b" ip route add 10.9.1.0/24 via 10.9.0.1
		in_space "$a" ip -6 route add 2001:db8:9::/64 via 2001:db8:91::1
		in_space "$b" ip -6 route add 2001:db8:91::/64 via 2001:db8:9::1
		stream "$a" "$b" 10.9.0.2
		stream "$b" "$a" 10.9.1.2
		stream "$a" "$b" 2001:db8:9::2
		stream "$b" "$a" 2001:db8:91::2
		for dev in gi0/0 gi0/1; do
			says R1 "show controllers $dev" 'frames came joined to' && says R1 "show controllers $dev" 'frames left joined to' ||
				fail "$mode: nothing is joined: $(at R1 "show controllers $dev")"
		done
		stop R1
	done
}
tap() { tap_or_tun tap; }
tun() { tap_or_tun tun; }

recovery() {
	space && a=$space
	space && b=$space
	router "$a" R1 Gi0/0=pcap:v0
	logged R1 'PORT-4-LOST: Interface GigabitEthernet0/0: pcap:v0: no such device'
	cable "$a" v0 "$b" v1
	host "$b" v1
	times R1 'LINEPROTO-5-UPDOWN: .* up' 1
	pings "$b" 10.9.0.1
	in_space "$b" ip link set v1 down			# the carrier goes
	logged R1 'PORT-4-LOST: Interface GigabitEthernet0/0: pcap:v0: the device has no carrier'
	times R1 'LINEPROTO-5-UPDOWN: .* down' 1
	host "$b" v1
	times R1 'LINEPROTO-5-UPDOWN: .* up' 2
	in_space "$a" ip link set v0 down			# the device
	logged R1 'pcap:v0: the device is not up'
	times R1 'LINEPROTO-5-UPDOWN: .* down' 2
	in_space "$a" ip link set v0 up
	times R1 'LINEPROTO-5-UPDOWN: .* up' 3
	pings "$b" 10.9.0.1
	in_space "$a" ip link set v0 down			# another name is another device
	in_space "$a" ip link set v0 name v9
	in_space "$a" ip link set v9 up
	soon says R1 'show controllers gi0/0' 'down: pcap:v0: (no such device|the device is gone)' || fail "a device with another name"
	in_space "$a" ip link set v9 down
	in_space "$a" ip link set v9 name v0
	in_space "$a" ip link set v0 up
	times R1 'LINEPROTO-5-UPDOWN: .* up' 4
	pings "$b" 10.9.0.1
	in_space "$a" ip link del v0				# and for ever
	logged R1 'pcap:v0: the device is gone'
	cable "$a" v0 "$b" v1
	host "$b" v1
	times R1 'LINEPROTO-5-UPDOWN: .* up' 5
	pings "$b" 10.9.0.1
	says R1 'show controllers gi0/0' 'Opened 3 times, lost 2 times' || fail "not counted: $(at R1 'show controllers gi0/0')"
	stop R1
}

# gateway NAME OURS THEIRS OUR-LAN THEIR-LAN: one end of a tunnel
gateway() {
	cat >"$1.cfg" <<EOF
hostname $1
crypto isakmp policy 10
 encryption aes
 authentication pre-share
 group 14
crypto isakmp key for-the-wire address $3
crypto ipsec transform-set TS esp-aes esp-sha256-hmac
crypto ipsec profile P
 set transform-set TS
interface Loopback1
 ip address $4 255.255.255.0
interface Tunnel0
 ip unnumbered Loopback1
 tunnel source GigabitEthernet0/0
 tunnel mode ipsec ipv4
 tunnel destination $3
 tunnel protection ipsec profile P
interface GigabitEthernet0/0
 ip address $2 255.255.255.0
 no shutdown
ip route $5 255.255.255.0 Tunnel0
end
EOF
}

tunnel() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v0
	gateway G1 10.8.0.1 10.8.0.2 10.1.1.1 10.2.2.0
	gateway G2 10.8.0.2 10.8.0.1 10.2.2.1 10.1.1.0
	router "$a" G1 Gi0/0=pcap:v0
	router "$b" G2 Gi0/0=pcap:v0
	router_pings G1 '10.2.2.1 source loopback1'
	says G2 'show crypto isakmp sa' 'QM_IDLE' || fail "no IKE SA"
	says G2 'show crypto ipsec sa' '#pkts decaps: [1-9]' || fail "nothing came through the tunnel"
	router_pings G2 '10.1.1.1 source loopback1 size 3000'
	stop G1
	stop G2
}

# many NAME OWN FAR: a gateway with four tunnels, each between addresses of its own, for hosts behind a tap
many() {
	cat >"$1.cfg" <<EOF
hostname $1
crypto isakmp policy 10
 encryption aes
 authentication pre-share
 group 19
crypto isakmp key for-the-wire address 0.0.0.0
crypto ipsec transform-set TS esp-gcm
crypto ipsec profile P
 set transform-set TS
interface GigabitEthernet0/0
 ip address 10.8.0.$2 255.255.255.0
 no shutdown
interface GigabitEthernet0/1
 ip address 10.$2.0.1 255.255.0.0
 no shutdown
EOF
	for n in 1 2 3 4; do
		cat >>"$1.cfg" <<EOF
interface Loopback$n
 ip address 10.8$2.$n.1 255.255.255.255
interface Tunnel$n
 ip unnumbered Loopback$n
 tunnel source Loopback$n
 tunnel mode ipsec ipv4
 tunnel destination 10.8$3.$n.1
 tunnel protection ipsec profile P
ip route 10.8$3.$n.1 255.255.255.255 10.8.0.$3
ip route 10.$3.$n.0 255.255.255.0 Tunnel$n
EOF
	done
	echo "ip route 10.$3.0.0 255.255.255.0 Tunnel1" >>"$1.cfg"
	echo end >>"$1.cfg"
}
# behind SPACE OWN FAR: the hosts there
behind() {
	soon in_space "$1" ip link set t0 up
	in_space "$1" ip addr add "10.$2.0.2/16" dev t0
	for n in 1 2 3 4; do in_space "$1" ip addr add "10.$2.$n.2/16" dev t0; done
	in_space "$1" ip route add "10.$3.0.0/16" via "10.$2.0.1"
}
# sum NAME WORD: of all SAs
sum() {
	at "$1" 'show crypto ipsec sa' | grep -o "#pkts $2: [0-9]*" | awk '{ s += $3 } END { print s + 0 }'
}

memory() {
	awk '/VmRSS/ { print $2 }' "/proc/$pid_G1/status"
}
# ESP that nobody knows comes by all queues: the tunnels carry on, and no memory is taken.
flooded() {
	local mac before
	mac=$(at G1 'show interfaces gi0/0' | grep -o 'bia [0-9a-f.]*' | cut -d' ' -f2)
	in_space "$b" python3 net.py flood v0 "$mac" 10.8.0.1 20000
	before=$(memory)
	for n in 1 2 3; do in_space "$b" python3 net.py flood v0 "$mac" 10.8.0.1 40000; done &
	for n in 1 2 3 4 1 2 3 4; do pings "$a" "10.2.$n.2" 800; done
	wait $!
	[ "$(memory)" -le $((before + 1024)) ] || fail "the flood took memory: $before kB before, $(memory) kB after"
	says G1 'show crypto datapath ipv4 snapshot' 'invalid spi' || fail "the flood was not seen"
}
# What a capture shows of a tunnel whose SAs are others' is both ways of it.
captured() {
	at G1 'monitor capture CAP interface gigabitEthernet 0/0 both
monitor capture CAP match any
monitor capture CAP start' >/dev/null
	for n in 1 2 3 4; do pings "$a" "10.2.$n.2" 300; done
	at G1 'monitor capture CAP stop' >/dev/null
	at G1 'show monitor capture CAP buffer brief' >captured.log
	for n in 1 2 3 4; do
		grep -Eq "10.81.$n.1 +-> +10.82.$n.1" captured.log || fail "tunnel $n was not captured: $(cat captured.log)"
	done
	[ "$(grep -Ec '10.82.1.1 +-> +10.81.1.1' captured.log)" -ge 4 ] || fail "the answers were not captured: $(cat captured.log)"
	at G1 'no monitor capture CAP' >/dev/null
}

# Several threads on both sides: who has an SA does its packets, whatever queue they come by, and all is counted once.
workers() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v0
	many G1 1 2
	many G2 2 1
	options="--workers 3"
	router "$a" G1 Gi0/0=pcap:v0 Gi0/1=tap:t0
	options="--workers 8"
	router "$b" G2 Gi0/0=pcap:v0 Gi0/1=tap:t0
	options=
	behind "$a" 1 2
	behind "$b" 2 1
	for n in 1 2 3 4; do pings "$a" "10.2.$n.2" 800; done
	for n in 1 2 3 4; do pings "$b" "10.1.$n.2" 1400; done
	for n in 1 2 3 4; do in_space "$b" python3 net.py serve "10.2.$n.2" 7007 & done
	for n in 1 2 3 4; do
		soon in_space "$a" python3 net.py send "10.2.$n.2" 7007 1000000 || fail "1,000,000 bytes do not come through tunnel $n"
	done
	pings "$a" 10.2.1.2 5000			# in pieces: worker 0's
	router_pings G1 '10.82.3.1 source loopback3'
	[ "$(sum G1 encaps)" -gt 2000 ] || fail "few packets were sealed: $(sum G1 encaps)"
	soon eval '[ "$(sum G1 encaps)" = "$(sum G2 decaps)" ] && [ "$(sum G2 encaps)" = "$(sum G1 decaps)" ]' ||
	    fail "sealed $(sum G1 encaps) and $(sum G2 encaps), opened $(sum G2 decaps) and $(sum G1 decaps)"
	says G1 'show interfaces tunnel2' '[1-9][0-9]* packets input' || fail "the tunnel counted nothing"
	flooded
	captured
	in_space "$a" ip link set v0 down			# queues go, and come back
	logged G1 'LINEPROTO-5-UPDOWN: .*GigabitEthernet0/0, changed state to down'
	in_space "$a" ip link set v0 up
	for n in 1 2 3 4; do pings "$a" "10.2.$n.2"; done
	at G1 'clear crypto isakmp' >/dev/null
	at G1 'clear crypto sa' >/dev/null
	for n in 1 2 3 4; do in_space "$b" python3 net.py ping "10.1.$n.2" 56 & done
	logged G1 'CRYPTO-4-RECVD_PKT_INV_SPI: .* destaddr=10.81'
	stop G1
	stop G2
}

# map NAME OWN FAR: a crypto map over the cable, for a network behind each
map() {
	cat >"$1.cfg" <<EOF
hostname $1
crypto isakmp policy 10
 encryption aes
 authentication pre-share
 group 19
crypto isakmp key for-the-wire address 0.0.0.0
crypto ipsec transform-set TS esp-aes esp-sha-hmac
access-list 101 permit ip 10.$2.0.0 0.0.255.255 10.$3.0.0 0.0.255.255
crypto map M 10 ipsec-isakmp
 set peer 10.8.0.$3
 set transform-set TS
 match address 101
interface GigabitEthernet0/0
 ip address 10.8.0.$2 255.255.255.0
 crypto map M
 no shutdown
interface GigabitEthernet0/1
 ip address 10.$2.0.1 255.255.0.0
 no shutdown
ip route 10.$3.0.0 255.255.0.0 10.8.0.$3
end
EOF
}
# What a crypto map protects: SAs are anybody's, the rest is worker 0's.
workers_map() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v0
	map G1 1 2
	map G2 2 1
	options="--workers 3"
	router "$a" G1 Gi0/0=pcap:v0 Gi0/1=tap:t0
	router "$b" G2 Gi0/0=pcap:v0 Gi0/1=tap:t0
	options=
	behind "$a" 1 2
	behind "$b" 2 1
	for n in 1 2 3 4; do pings "$a" "10.2.$n.2" 1300; done
	in_space "$b" python3 net.py serve 10.2.1.2 7007 &
	soon in_space "$a" python3 net.py send 10.2.1.2 7007 1000000 || fail "1,000,000 bytes do not come through the crypto map"
	[ "$(sum G1 encaps)" -gt 500 ] || fail "few packets were sealed: $(sum G1 encaps)"
	soon eval '[ "$(sum G1 encaps)" = "$(sum G2 decaps)" ] && [ "$(sum G2 encaps)" = "$(sum G1 decaps)" ]' ||
	    fail "sealed $(sum G1 encaps) and $(sum G2 encaps), opened $(sum G2 decaps) and $(sum G1 decaps)"
	at G1 'clear crypto sa' >/dev/null
	pings "$a" 10.2.2.2
	stop G1
	stop G2
}

loop() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v1
	in_space "$b" python3 net.py loop v1 &
	router "$a" R1 Gi0/0=pcap:v0
	logged R1 'LINEPROTO-5-UPDOWN: .* up'
	at R1 'ping 10.9.0.2 repeat 2 timeout 1' >/dev/null
	logged R1 'PORT-4-LOOPED: Interface GigabitEthernet0/0'
	says R1 'show controllers gi0/0' '[1-9][0-9]* of our own' || fail "not counted: $(at R1 'show controllers gi0/0')"
	grep -q DUPADDR R1.log && fail "the router takes itself for another"
	stop R1
}

mtu() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v1
	in_space "$a" ip link set v0 mtu 1300
	in_space "$b" ip link set v1 mtu 1300
	host "$b" v1
	router "$a" R1 Gi0/0=pcap:v0
	logged R1 'PORT-4-MTU: Interface GigabitEthernet0/0: its wire carries packets of 1300 bytes at most'
	pings "$b" 10.9.0.1 4000
	router_pings R1 '10.9.0.2 size 1500'
	says R1 'ping 10.9.0.2 size 1400 df-bit timeout 1' 'Success rate is 0' || fail "1400 bytes fit in 1300"
	in_space "$a" ip link set v0 mtu 1200			# while the line is up
	in_space "$b" ip link set v1 mtu 1200
	logged R1 'PORT-4-MTU: Interface GigabitEthernet0/0: its wire carries packets of 1200 bytes at most'
	router_pings R1 '10.9.0.2 size 1500'
	in_space "$a" ip link set v0 mtu 1300
	soon says R1 'show ip interface gi0/0' 'MTU is 1300 bytes' || fail "show ip interface: $(at R1 'show ip interface gi0/0' | grep MTU)"
	stop R1
}

lab() {
	space && a=$space
	space && b=$space
	cable "$a" v0 "$b" v1
	host "$b" v1
	cat >lab.yml <<'EOF'
name: wired
topology:
  nodes:
    R1: {kind: linux, image: inspire, startup-config: R1.cfg}
    R2: {kind: linux, image: inspire, startup-config: R2.cfg}
  links:
    - endpoints: ["R1:Gi0/0", "host:v0"]
    - endpoints: ["R1:Gi0/1", "R2:Gi0/0"]
EOF
	cat >R2.cfg <<'EOF'
hostname R2
interface GigabitEthernet0/0
 ip address 10.9.1.2 255.255.255.0
 no shutdown
ip route 0.0.0.0 0.0.0.0 10.9.1.1
end
EOF
	in_space "$b" ip route add default via 10.9.0.1
	nsenter -t "$a" -n "$inspire" lab --clock real --socket "$dir/R1.sock" lab.yml >lab.log 2>&1 </dev/null &
	local pid=$!
	soon test -S R1.sock || fail "the lab does not start: $(cat lab.log)"
	pings "$b" 10.9.1.2
	printf 'show topology\n' | in_space "$a" "$inspire" lab --clock real lab.yml | grep -q 'R1:GigabitEthernet0/0 -- pcap:v0' || fail "show topology"
	kill $pid
	wait $pid
	"$inspire" lab --clock virtual lab.yml </dev/null >out 2>&1
	[ $? = 2 ] && grep -q 'real clock alone' out || fail "a lab on a wire, on a virtual clock: $(cat out)"
	"$inspire" lab --clock real --seed 7 lab.yml </dev/null >out 2>&1
	[ $? = 2 ] && grep -q 'takes no seed' out || fail "a lab on a wire, with a seed: $(cat out)"
}

# refused TEXT OPTION...: status 2, and so it says
refused() {
	local text=$1 rc
	shift
	# shellcheck disable=SC2086
	timeout 10 "$@" $user R1.cfg </dev/null >out 2>&1
	rc=$?
	[ $rc = 2 ] && grep -qF -e "$text" out || fail "$* (status $rc): $(cat out)"
}

errors() {
	refused "pigeon:x: no such kind of port" "$inspire" router --port gi0/0=pigeon:x
	refused "'Tunnel0' is no interface that a wire fits" "$inspire" router --port Tunnel0=pcap:lo
	refused "is not written IF=KIND:ARGS" "$inspire" router --port pcap:lo
	refused "is plugged into two wires" "$inspire" router --port gi0/0=pcap:lo --port gig0/0=tap:x
	refused "pcap:lo: no permission to open it" setpriv --bounding-set=-all "$inspire" router --port gi0/0=pcap:lo --user root
	if ip tuntap add dev t0 mode tap 2>/dev/null; then
		router $$ R1 gi0/0=tap:t0
		cp R1.cfg R8.cfg
		router $$ R8 gi0/0=tap:t0 gi0/1=tun:t0
		logged R8 'PORT-4-LOST: Interface GigabitEthernet0/0: tap:t0: somebody else has it open'
		logged R8 'PORT-4-LOST: Interface GigabitEthernet0/1: tun:t0: it is no tun'
		stop R1
		ip link set t0 up
		logged R8 'LINEPROTO-5-UPDOWN: .* GigabitEthernet0/0, changed state to up'
		stop R8
		ip link del t0
	fi
}

for t in $tests; do
	before=$failed
	"$t"
	case " $skipped " in
	*" $t "*) echo "$t: skipped" ;;
	*) [ "$failed" = "$before" ] && echo "$t: ok ($SECONDS s)" ;;
	esac
done
[ "$failed" = 0 ] || exit 1
if [ -n "$skipped" ]; then
	echo "no /dev/net/tun for us:$skipped not tested"
	exit 77
fi
