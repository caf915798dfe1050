#!/bin/bash
# tools/tshark.sh INSPIRE: for each of several suites, a lab's capture with its keys, read by tshark: no packet malformed,
# every ICV good, every ESP packet's inner ICMP or UDP shown, every encrypted IKE message decrypted; in both directions, before
# and after rekeys, and after all SAs were cleared.
set -eu
inspire=$(realpath "$1")
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
cd "$(dirname "$0")/.."
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
fail() {
	echo "tshark: $*" >&2
	touch "$d/failed"
}

# The lab of the guides with other suites, and lives so short that both phases are renegotiated under way.
make_lab() {
	local dir=$d/$1 transform=$2 encr=$3 hash=$4 group=$5 r
	mkdir -p "$dir"
	cp examples/invalid-spi/lab.yml "$dir/"
	for r in 1 2; do
		sed -e "s/esp-aes esp-sha-hmac/$transform/" -e "s/^ encr aes 256/ encr $encr\n hash $hash\n lifetime 200/" \
			-e "s/^ group 2/ group $group/" -e "s/lifetime seconds .*/lifetime seconds 120/" \
			examples/invalid-spi/router$r.cfg >"$dir/router$r.cfg"
	done
	cat >"$dir/t.txt" <<-'T'
		---
		topology: lab.yml
		---
		lab#capture Router1:GigabitEthernet0/0 out.pcapng keys keys
		lab#wait Router2 "Interface Tunnel0, changed state to up" within 60s
		matched after <<_>> s
		lab#wait 1s
		Router1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		Success rate is 100 percent <<_:line>>
		Router2#ping 192.168.1.10 source GigabitEthernet0/1 size 3000
		...
		Success rate is 100 percent <<_:line>>
		lab#traffic Host1 Host2 rate 8kbps size 600 for 240s
		<<_:line>>
		lab#traffic Host2 Host1 rate 5kbps size 113 for 240s
		<<_:line>>
		lab#wait 250s
		Router2#clear crypto session
		lab#wait Router2 "Interface Tunnel0, changed state to up" within 90s
		matched after <<_>> s
		lab#wait 1s
		Router1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		Success rate is 100 percent <<_:line>>
		Router2#ping 192.168.1.10 source GigabitEthernet0/1
		...
		Success rate is 100 percent <<_:line>>
		lab#no capture Router1:GigabitEthernet0/0
	T
}

# Fields of the packets that fit a filter, one a line; what goes wrong in tshark itself is said.
read_capture() {
	WIRESHARK_CONFIG_DIR="$d/$1/keys" tshark -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
		-o esp.do_esp_sequence_analysis:TRUE -o ip.defragment:FALSE -r "$d/$1/out.pcapng" -Y "$2" -T fields \
		-e frame.number -e ip.src -e ip.dst "${@:3}" 2>"$d/$1/err" || fail "$1: $(cat "$d/$1/err")"
}

count() {
	read_capture "$@" | wc -l
}

none() {
	local n
	n=$(count "$1" "$2")
	[ "$n" = 0 ] || fail "$1: $n packets $3: $(read_capture "$1" "$2" -e _ws.col.Info | head -3)"
}

least() {
	local n
	n=$(count "$1" "$2")
	[ "$n" -ge "$3" ] || fail "$1: $n packets $4, should be $3 at least"
}

# one NAME TRANSFORM ENCR HASH GROUP [KIND]: KIND is esp (all is shown), ah, or sealed (tshark has no such cipher)
one() {
	local name=$1 kind=${6:-esp} spis
	make_lab "$@"
	"$inspire" test "$d/$name/t.txt" >"$d/$name/out" 2>&1 || { cat "$d/$name/out"; fail "$name: the run failed"; return; }
	none "$name" '_ws.malformed' "are malformed"
	none "$name" 'isakmp && _ws.expert.severity >= 0x600000' "are doubted"
	none "$name" 'isakmp.flag_e == 1 && !isakmp.hash' "of IKE are not decrypted"
	least "$name" 'isakmp.exchangetype == 32 && isakmp.hash' 9 "of quick mode are decrypted"
	least "$name" 'isakmp.exchangetype == 2 && isakmp.hash && ip.src == 14.14.14.14' 2 "of main mode are decrypted"
	case $kind in
	esp)
		none "$name" 'esp && !(esp.icv_good == 1)' "have no good ICV"
		none "$name" 'esp && !icmp && !udp && !(ip.flags.mf == 1) && !(ip.frag_offset > 0)' "show nothing inside"
		proto=esp
		;;
	ah)
		none "$name" 'ah && !icmp && !udp && !(ip.flags.mf == 1) && !(ip.frag_offset > 0)' "show nothing inside"
		proto=ah
		;;
	sealed)
		proto=esp
		;;
	esac
	if [ "$kind" != sealed ]; then
		least "$name" "$proto && icmp && ip.src == 192.168.1.1" 10 "with an echo or its answer one way"
		least "$name" "$proto && icmp && ip.src == 192.168.2.1" 10 "with an echo or its answer the other way"
		least "$name" "$proto && udp && ip.src == 192.168.1.10" 390 "of the stream one way"
		least "$name" "$proto && udp && ip.src == 192.168.2.10" 1300 "of the stream the other way"
	fi
	spis=$(read_capture "$name" "$proto" -e $proto.spi | cut -f 4 | sort -u | wc -l)
	[ "$spis" -ge 8 ] || fail "$name: only $spis SPIs seen, rekeys are missing"
	echo "$name: $(count "$name" isakmp) IKE and $(count "$name" $proto) ${proto^^} packets with $spis SPIs read"
}

suites() {
	cat <<-'S'
		cbc128-sha1 "esp-aes esp-sha-hmac" "aes 256" sha 2
		cbc192-sha384 "esp-aes 192 esp-sha384-hmac" "aes 192" sha384 15
		cbc256-sha256 "esp-aes 256 esp-sha256-hmac" "aes" sha256 14
		3des-md5 "esp-3des esp-md5-hmac" "3des" md5 5
		des-sha1 "esp-des esp-sha-hmac" "des" sha 1
		null-sha512 "esp-null esp-sha512-hmac" "aes 192" sha512 19
		gcm128 "esp-gcm" "aes 256" sha256 20
		gcm192 "esp-gcm 192" "aes" sha256 24
		gcm256 "esp-gcm 256" "aes 256" sha384 21
		gmac "esp-gmac" "aes" sha 2 sealed
		ah-sha1 "ah-sha-hmac" "aes" sha 2 ah
		ah-sha256 "ah-sha256-hmac" "aes" sha256 16 ah
		ah-md5 "ah-md5-hmac" "3des" md5 2 ah
	S
}

# Aggressive mode, XAUTH, mode configuration, and what is translated into the tunnel.
ezvpn() {
	local name=ezvpn
	mkdir -p "$d/$name"
	cp examples/ezvpn/*.cfg examples/ezvpn/lab.yml "$d/$name/"
	cat >"$d/$name/t.txt" <<-'T'
		---
		topology: lab.yml
		---
		lab#capture Client:GigabitEthernet0/0 out.pcapng keys keys
		Client#crypto ipsec client ezvpn connect CENTRE
		lab#wait 2s
		lab#traffic PC Files rate 100kbps size 500 for 2s
		<<_:line>>
		lab#wait 3s
		Client#clear crypto ipsec client ezvpn
		lab#wait 1s
		lab#no capture Client:GigabitEthernet0/0
	T
	"$inspire" test "$d/$name/t.txt" >"$d/$name/out" 2>&1 || { cat "$d/$name/out"; fail "$name: the run failed"; return; }
	none "$name" '_ws.malformed' "are malformed"
	none "$name" 'isakmp && _ws.expert.severity >= 0x600000' "are doubted"
	none "$name" 'isakmp.flag_e == 1 && !isakmp.hash' "of IKE are not decrypted"
	least "$name" 'isakmp.exchangetype == 4' 3 "of aggressive mode"
	least "$name" 'isakmp.exchangetype == 6 && isakmp.hash' 6 "of transactions are decrypted"
	none "$name" 'esp && !(esp.icv_good == 1)' "have no good ICV"
	least "$name" 'esp && udp && ip.src == 10.10.1.1' 50 "of the stream, translated"
	echo "$name: $(count "$name" isakmp) IKE and $(count "$name" esp) ESP packets read"
}

# As many at a time as there are processors.
ezvpn
n=0
while IFS= read -r suite; do
	n=$((n + 1))
	[ "$n" -le "$(nproc)" ] || wait -n || :
	eval "one $suite" &
done < <(suites)
wait

# NHRP in clear: the DMVPN lab without its protection; all eight types come, and none is malformed.
nhrp() {
	local dir=$d/nhrp type
	cp -r examples/dmvpn "$dir"
	sed -i '/tunnel protection/d' "$dir"/*.cfg
	cat >"$dir/t.txt" <<-'T'
		---
		topology: lab.yml
		timeout: 300s
		---
		lab#capture Internet:port1 out.pcapng
		lab#capture Internet:port3 spoke2.pcapng
		lab#wait 5s
		Spoke1#ping 192.168.2.10 source GigabitEthernet0/1
		...
		Success rate is 100 percent <<_:line>>
		lab#wait 2s
		Spoke2#clear ip nhrp
		lab#wait 2s
		Spoke3#configure terminal
		...
		Spoke3(config)#interface Tunnel0
		Spoke3(config-if)#ip nhrp authentication other
		Spoke3(config-if)#end
		lab#wait 220s
	T
	mkdir -p "$dir/keys"
	"$inspire" test "$dir/t.txt" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "nhrp: the run failed"; return; }
	for type in 1 3 4 7 8; do
		least nhrp "nhrp.hdr.op.type == $type" 1 "of type $type"
	done
	none nhrp '_ws.malformed || (nhrp && _ws.expert.severity >= 0x600000)' "are malformed or doubted"
	mv "$dir/spoke2.pcapng" "$dir/out.pcapng"
	for type in 2 5 6; do
		least nhrp "nhrp.hdr.op.type == $type" 1 "of type $type"
	done
	none nhrp '_ws.malformed || (nhrp && _ws.expert.severity >= 0x600000)' "are malformed or doubted"
	echo "nhrp: all types read"
}
nhrp
[ ! -e "$d/failed" ]
