#!/bin/bash
# tools/captures.sh INSPIRE: captures that people read, held against tshark: exports of `monitor capture` (interface names, directions,
# nanoseconds, what IPsec carried, keys), all links of a lab (--pcap), and what two routers of ours say to each other over
# UDP on loopback, decrypted with the keys of one of them (inspire router --pcap).
set -eu
inspire=$(realpath "$1")
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
cd "$(dirname "$0")/.."
d=$(mktemp -d)
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null || :; done; rm -rf "$d"' EXIT
fail() {
	echo "captures: $*" >&2
	exit 1
}

# fields FILE KEYS FILTER FIELD...
fields() {
	local file=$1 keys=$2 filter=$3 f args=()
	shift 3
	for f; do args+=(-e "$f"); done
	WIRESHARK_CONFIG_DIR=$keys tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE -r "$file" -Y "$filter" \
		-T fields "${args[@]}" 2>/dev/null
}
# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ] || fail "$1: $2, should be $3"
}

exports() {
	cat >"$d/commands" <<-'C'
		connect Router1
		enable
		monitor capture ALL interface GigabitEthernet0/0 both interface Tunnel0 both match any start
		connect lab
		wait 10s
		connect Router1
		ping 192.168.2.10 source GigabitEthernet0/1
		monitor capture ALL stop
		monitor capture ALL export flash:plain.pcap keys
		monitor capture ALL export flash:open.pcap decrypted
		no monitor capture ALL
		monitor capture LATE interface GigabitEthernet0/0 both match any start
		ping 192.168.2.10 source GigabitEthernet0/1
		monitor capture LATE stop
		monitor capture LATE export flash:late.pcap keys
	C
	"$inspire" lab --flash "$d/flash" examples/invalid-spi/lab.yml <"$d/commands" >"$d/out" 2>&1 || { cat "$d/out"; fail "the lab failed"; }
	local f=$d/flash/Router1
	is "interfaces" "$(fields "$f/plain.pcap" "$d" frame frame.interface_name | sort -u | paste -sd ' ')" "GigabitEthernet0/0 Tunnel0"
	is "directions of ESP" "$(fields "$f/plain.pcap" "$d" 'esp && ip.src == 14.14.14.14' frame.packet_flags_direction | sort -u)" 0x00000002
	is "directions of its answers" "$(fields "$f/plain.pcap" "$d" 'esp && ip.src == 11.11.11.11' frame.packet_flags_direction | sort -u)" 0x00000001
	is "echoes of the tunnel" "$(fields "$f/plain.pcap" "$d" 'icmp && frame.interface_name == "Tunnel0"' frame.number | wc -l)" 10
	is "echoes in what IPsec carried" "$(fields "$f/open.pcap" "$d" 'icmp && frame.interface_name == "GigabitEthernet0/0 decrypted"' frame.number | wc -l)" 10
	is "ESP beside them" "$(fields "$f/open.pcap" "$d" esp frame.number | wc -l)" 10
	is "ESP decrypted with the keys" "$(fields "$f/plain.pcap" "$f" 'esp.icv_good == 1 && icmp' frame.number | wc -l)" 10
	is "IKE that stays closed" "$(fields "$f/plain.pcap" "$f" 'isakmp.flag_e == 1 && !isakmp.hash' frame.number | wc -l)" 0
	is "ESP of SAs that were there before the capture" "$(fields "$f/late.pcap" "$f" 'esp.icv_good == 1 && icmp' frame.number | wc -l)" 10
	is "rights of the keys" "$(stat -c %a "$f/esp_sa" "$f/ikev1_decryption_table" | paste -sd ' ')" "600 600"
	echo "exports of monitor capture read"
}

links() {
	printf 'wait 5s\nconnect Router1\nenable\nping 192.168.2.10 source GigabitEthernet0/1\n' |
		"$inspire" lab --pcap "$d/links" examples/invalid-spi/lab.yml >"$d/out" 2>&1 || { cat "$d/out"; fail "the lab failed"; }
	is "links" "$(ls "$d/links" | grep -c pcapng)" 4
	is "echoes on the way" "$(fields "$d/links/Router1-GigabitEthernet0_0--SW1-port1.pcapng" "$d/links/keys" 'esp.icv_good == 1 && icmp' frame.number | wc -l)" 10
	is "echoes at the host" "$(fields "$d/links/Router2-GigabitEthernet0_1--Host2-eth1.pcapng" "$d/links/keys" icmp frame.number | wc -l)" 10
	echo "all links of a lab read"
}

config() {
	cat >"$d/r$1.cfg" <<-C
		hostname R$1
		crypto isakmp policy 10
		 encr aes 256
		 authentication pre-share
		 group 14
		crypto isakmp key secret address 0.0.0.0
		crypto ipsec transform-set T esp-aes esp-sha-hmac
		crypto ipsec profile P
		 set transform-set T
		interface Tunnel0
		 ip address 10.9.9.$1 255.255.255.0
		 tunnel source GigabitEthernet0/0
		 tunnel destination 10.1.12.$2
		 tunnel mode ipsec ipv4
		 tunnel protection ipsec profile P
		interface GigabitEthernet0/0
		 ip address 10.1.12.$1 255.255.255.0
		 no shutdown
		end
	C
}

# Until a command succeeds, for 20 s at most.
until_true() {
	local n
	for n in $(seq 200); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

wires() {
	local a=$((20000 + $$ % 20000)) b
	b=$((a + 1))
	config 1 2
	config 2 1
	chmod 755 "$d"
	mkfifo "$d/in1" "$d/in2"
	"$inspire" router --user "$(id -un)" --pcap "$d/wire" --port "Gi0/0=udp:127.0.0.1:$a:127.0.0.1:$b" "$d/r1.cfg" <"$d/in1" >"$d/out1" 2>&1 &
	pids="$pids $!"
	exec 8>"$d/in1"
	"$inspire" router --user "$(id -un)" --port "Gi0/0=udp:127.0.0.1:$b:127.0.0.1:$a" "$d/r2.cfg" <"$d/in2" >"$d/out2" 2>&1 &
	pids="$pids $!"
	exec 9>"$d/in2"
	until_true grep -q "Tunnel0, changed state to up" "$d/out1" || { cat "$d/out1"; fail "no tunnel over UDP"; }
	printf 'enable\nping 10.9.9.2\n' >&8
	until_true grep -q "Success rate is" "$d/out1" || { cat "$d/out1"; fail "no ping over UDP"; }
	for p in $pids; do kill "$p"; done
	for p in $pids; do wait "$p" || :; done
	pids=
	exec 8>&- 9>&-
	local w=$d/wire/Router-GigabitEthernet0_0.pcapng n
	n=$(fields "$w" "$d/wire/keys" 'esp.icv_good == 1 && icmp' frame.number | wc -l)
	[ "$n" -ge 8 ] || fail "only $n echoes decrypted on the wire"
	is "IKE that stays closed on the wire" "$(fields "$w" "$d/wire/keys" 'isakmp.flag_e == 1 && !isakmp.hash' frame.number | wc -l)" 0
	is "malformed on the wire" "$(fields "$w" "$d/wire/keys" _ws.malformed frame.number | wc -l)" 0
	echo "a wire between two routers read"
}

exports
links
wires
