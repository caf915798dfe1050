#!/bin/bash
# tools/tshark-gre.sh INSPIRE: captures of GRE, plain with all its fields and under ESP in both modes, read by tshark: no packet
# malformed, checksums good, passengers and keepalives shown, under ESP too.
set -eu
inspire=$(realpath "$1")
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
cd "$(dirname "$0")/../testsuite/lab"
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
fail() {
	echo "tshark: $*" >&2
	touch "$d/failed"
}

# lab NAME MODE LINES: the lab of the transcripts with these lines in its tunnels
lab() {
	local r dir=$d/$1
	mkdir -p "$dir"
	cp gre.yml transit-t.cfg "$dir/"
	for r in 1 2; do
		sed -e "s/^ mode transport/ mode $2/" -e "/^interface Tunnel0/a\\$3" gre-r$r.cfg >"$dir/gre-r$r.cfg"
	done
	cat >"$dir/t.txt" <<-'T'
		---
		topology: gre.yml
		---
		lab#capture R1:GigabitEthernet0/0 out.pcapng keys keys
		lab#wait 35s
		R1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		Success rate is 100 percent <<_:line>>
		R2#ping 192.168.1.10 source GigabitEthernet0/1 size 3000
		...
		Success rate is 100 percent <<_:line>>
		lab#no capture R1:GigabitEthernet0/0
	T
	"$inspire" test "$dir/t.txt" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "$1: the run failed"; }
}

count() {
	WIRESHARK_CONFIG_DIR="$d/$1/keys" tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE -o ip.defragment:TRUE \
		-r "$d/$1/out.pcapng" -Y "$2" -T fields -e frame.number 2>/dev/null | wc -l
}

is() {
	local n
	n=$(count "$1" "$2")
	[ "$n" "$3" "$4" ] || fail "$1: $n packets $5"
}

lab plain transport ' keepalive 10 3\n tunnel key 4711\n tunnel checksum\n tunnel sequence-datagrams'
is plain '_ws.malformed' -eq 0 "are malformed"
is plain 'gre.checksum.status == "Bad"' -eq 0 "have a bad checksum"
is plain 'gre.key == 4711 && gre.flags.checksum == 1 && gre.flags.sequence_number == 1 && icmp' -ge 20 "of GRE carry an echo"
is plain 'gre.proto == 0x0000 && gre.proto == 0x0800' -ge 6 "are keepalives"
is plain 'gre.proto == 0x0000 && !(gre.proto == 0x0800)' -ge 6 "are keepalives sent back"

for mode in transport tunnel; do
	lab $mode $mode ' tunnel protection ipsec profile GRE'
	is $mode '_ws.malformed' -eq 0 "are malformed"
	is $mode 'esp && !(esp.icv_good == 1)' -eq 0 "have no good ICV"
	is $mode 'esp && gre && icmp' -ge 20 "show an echo in GRE in ESP"
	is $mode 'gre && !esp' -eq 0 "of GRE are in the clear"
done
[ ! -e "$d/failed" ] && echo "GRE, plain and under ESP in both modes, read"
