#!/bin/bash
# tools/tshark-cmap.sh INSPIRE: a capture of crypto maps, read by tshark: several lines with SAs of their own, packets cut before and
# after they are sealed, what a deny line leaves in the clear, and a refusal; no packet malformed, every ICV good.
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

cp cmap.yml cmap-*.cfg "$d/"
cat >"$d/t.txt" <<'T'
---
topology: cmap.yml
---
lab#capture R1:GigabitEthernet0/0 out.pcapng keys keys
R1#ping 192.168.2.1 source 192.168.1.1
...
Success rate is 80 percent <<_:line>>
R1#ping 192.168.2.1 source 10.9.9.1
...
Success rate is 80 percent <<_:line>>
R1#ping 192.168.2.1 source 192.168.1.1 size 3000
...
Success rate is 100 percent <<_:line>>
R1#ping 192.168.2.99 source 192.168.1.1 repeat 2
...
Success rate is 0 percent <<_:line>>
R1#configure terminal
Enter configuration commands, one per line.  End with CNTL/Z.
R1(config)#crypto ipsec fragmentation after-encryption
R1(config)#crypto map CM 20
R1(config-crypto-map)#set transform-set TS2
R1(config-crypto-map)#end
R1#clear crypto sa
R1#ping 192.168.2.1 source 192.168.1.1 size 3000
...
Success rate is 80 percent <<_:line>>
R1#ping 192.168.3.1 source 192.168.1.1 repeat 2
...
Success rate is 0 percent <<_:line>>
lab#no capture R1:GigabitEthernet0/0
T
"$inspire" test "$d/t.txt" >"$d/out" 2>&1 || { cat "$d/out"; fail "the run failed"; }

# is FILTER TEST NUMBER WHAT: so many packets fit
is() {
	local n
	n=$(WIRESHARK_CONFIG_DIR="$d/keys" tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
		-o ip.defragment:TRUE -r "$d/out.pcapng" -Y "$1" -T fields -e frame.number 2>/dev/null | wc -l)
	[ "$n" "$2" "$3" ] || fail "$n packets $4"
}

is '_ws.malformed' -eq 0 "are malformed"
is 'esp && !(esp.icv_good == 1)' -eq 0 "have no good ICV"
is 'esp && icmp && ip.addr == 192.168.1.1' -ge 16 "show an echo of the first line in ESP"
is 'esp && icmp && ip.addr == 10.9.9.1' -eq 8 "show an echo of the second line in ESP"
is 'icmp && !esp && ip.dst == 192.168.2.99' -eq 2 "are in the clear by the deny line"
is 'icmp && !esp && !(ip.dst == 192.168.2.99)' -eq 0 "of what is protected are in the clear"
is 'esp && ip.fragment.count > 1' -ge 4 "were cut after they were sealed"
is 'isakmp.notify.msgtype == 14' -ge 2 "are notifies of NO-PROPOSAL-CHOSEN"
[ ! -e "$d/failed" ] && echo "crypto maps: ESP of several lines, cut before and after, read"
