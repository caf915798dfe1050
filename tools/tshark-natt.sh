#!/bin/bash
# tools/tshark-natt.sh INSPIRE: captures at both sides of a translator read by tshark, of a tunnel interface and of GRE in transport
# mode: nothing malformed, key exchange goes over to port 4500, ESP in UDP decrypts, original addresses are said where they are due.
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

# lab NAME SED: the lab of the transcript, its configurations changed so
lab() {
	local f dir=$d/$1
	mkdir -p "$dir"
	cp natt.yml "$dir/"
	for f in natt-outside.cfg natt-inside.cfg; do
		sed -e "$2" $f >"$dir/$f"
	done
	cat >"$dir/t.txt" <<-'T'
		---
		topology: natt.yml
		---
		lab#capture Outside:GigabitEthernet1 out.pcapng keys keys
		lab#capture Inside:GigabitEthernet0/0 in.pcapng keys keys
		Inside#configure terminal
		Enter configuration commands, one per line.  End with CNTL/Z.
		Inside(config)#crypto isakmp nat keepalive 5
		Inside(config)#end
		lab#wait 20s
		Inside#clear crypto isakmp
		Inside#clear crypto sa
		lab#wait 61s
		Inside#ping 172.16.0.1 repeat 20
		...
		Success rate is 100 percent <<_:line>>
		lab#no capture
	T
	"$inspire" test "$dir/t.txt" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "$1: the run failed"; }
}

count() {
	WIRESHARK_CONFIG_DIR="$d/$1/keys" tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
		-r "$d/$1/$2.pcapng" -Y "$3" -T fields -e frame.number 2>/dev/null | wc -l
}

is() {
	local n
	n=$(count "$1" "$2" "$3")
	[ "$n" "$4" "$5" ] || fail "$1, $2: $n packets $6"
}

lab tunnel ''
lab gre '/tunnel mode ipsec/d; /transform-set TS esp/a\ mode transport'
for l in tunnel gre; do
	for side in out in; do
		is $l $side '_ws.malformed' -eq 0 "are malformed"
		is $l $side 'udp.port == 4500 && isakmp.exchangetype == 2' -ge 2 "of main mode came by port 4500"
		is $l $side 'udp.port == 500 && isakmp.exchangetype == 32' -eq 0 "of quick mode came by port 500"
		is $l $side 'udpencap.nat_keepalive' -ge 2 "are keepalives"
		is $l $side 'ip.proto == 50 && !udp' -eq 0 "of ESP came without UDP"
		is $l $side 'udp.port == 4500 && esp && !(esp.icv_good == 1)' -eq 0 "have no good ICV"
		is $l $side 'udp.port == 4500 && esp && icmp' -ge 30 "show an echo in ESP in UDP"
	done
done
is tunnel in 'isakmp.ipsec.attr.encap_mode == 3' -ge 1 "offer UDP tunnel mode"
is gre in 'isakmp.ipsec.attr.encap_mode == 4' -ge 1 "offer UDP transport mode"
[ ! -e "$d/failed" ] && echo "ESP in UDP through a translator, tunnel and transport mode, read"
