#!/bin/bash
# tools/tshark.sh INSPIRE: makes a capture with keys in a lab and has tshark read it: every IKE and ESP packet without a
# malformed mark, ICVs good, and with the keys the inner ICMP and UDP packets.
set -eu
inspire=$(realpath "$1")
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
cd "$(dirname "$0")/.."
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
status=0
fail() {
	echo "tshark: $*" >&2
	status=1
}

# lab SUITE PHASE1 GROUP: a run with these transforms, captured to $d/SUITE.pcapng, keys in $d/keys-SUITE
one() {
	local name=$1 esp=$2 encr=$3 hash=$4 group=$5 n
	mkdir -p "$d/$name"
	for r in 1 2; do
		sed -e "s/esp-aes esp-sha-hmac/$esp/" -e "s/^ encr aes 256/ encr $encr\n hash $hash/" -e "s/^ group 2/ group $group/" \
			examples/invalid-spi/router$r.cfg >"$d/$name/router$r.cfg"
	done
	cp examples/invalid-spi/lab.yml "$d/$name/"
	cat >"$d/$name/t.txt" <<-T
		---
		topology: lab.yml
		---
		lab#capture Router1:GigabitEthernet0/0 out.pcapng keys keys
		<<_:line>>
		lab#wait Router2 "Interface Tunnel0, changed state to up" within 60s
		matched after <<_>> s
		Router1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		lab#traffic Host1 Host2 rate 200kbps size 600 for 2s
		<<_:line>>
		lab#wait 3s
		Router2#clear crypto session
		lab#wait 90s
		Router1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		lab#no capture Router1:GigabitEthernet0/0
		...
	T
	"$inspire" test "$d/$name/t.txt" || { fail "$name: the run failed"; return; }
	ts() {
		WIRESHARK_CONFIG_DIR="$d/$name/keys" tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
			-o esp.do_esp_sequence_analysis:TRUE -r "$d/$name/out.pcapng" "$@" 2>/dev/null
	}
	n=$(ts -Y '_ws.malformed' | wc -l)
	[ "$n" = 0 ] || fail "$name: $n packets are malformed: $(ts -Y '_ws.malformed' | head -3)"
	n=$(ts -Y 'esp.icv_bad == 1' | wc -l)
	[ "$n" = 0 ] || fail "$name: $n bad ICVs"
	n=$(ts -Y 'esp && icmp' | wc -l)
	[ "$n" -ge 10 ] || fail "$name: only $n inner ICMP packets shown"
	n=$(ts -Y 'esp && udp && !isakmp' | wc -l)
	[ "$n" -ge 60 ] || fail "$name: only $n inner UDP packets shown"
	n=$(ts -Y 'isakmp.exchangetype == 32 && isakmp.enc.decrypted' | wc -l)
	[ "$n" -ge 3 ] || fail "$name: only $n quick mode messages decrypted"
	echo "$name: $(ts -Y isakmp | wc -l) IKE and $(ts -Y esp | wc -l) ESP packets read, none malformed"
}

one cbc-sha1 "esp-aes esp-sha-hmac" "aes 256" sha 2
one cbc256-sha256 "esp-aes 256 esp-sha256-hmac" "aes" sha256 14
one 3des-md5 "esp-3des esp-md5-hmac" "3des" md5 5
one null-sha512 "esp-null esp-sha512-hmac" "aes 192" sha512 19
one gcm "esp-gcm" "aes 256" sha256 20
one gcm256 "esp-gcm 256" "aes 256" sha384 21
exit $status
