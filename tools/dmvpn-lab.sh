#!/bin/sh
# tools/dmvpn-lab.sh N FOLDER [static]: writes a lab of a hub and N spokes (lab.yml and a configuration for each router).
# The spokes hang on one switch behind a router that stands for the Internet; each has a network of its own on a loopback.
# With `static` the hub maps every spoke, so that its configuration names them all.
set -eu
n=$1
dir=$2
static=${3:-}
[ "$n" -ge 1 ] && [ "$n" -le 5000 ] || { echo "usage: tools/dmvpn-lab.sh N FOLDER [static], N from 1 to 5000" >&2; exit 2; }
mkdir -p "$dir"

# NBMA address, tunnel address and network of spoke k
awk -v n="$n" -v dir="$dir" -v static="$static" '
function crypto() {
	return "!\ncrypto isakmp policy 10\n encr aes\n authentication pre-share\n group 14\ncrypto isakmp key DmvpnSecret address 0.0.0.0\n" \
	    "crypto isakmp keepalive 10 3 periodic\ncrypto isakmp invalid-spi-recovery\n!\n" \
	    "crypto ipsec transform-set TS esp-aes esp-sha-hmac\n mode transport\n!\ncrypto ipsec profile DMVPN\n set transform-set TS\n!\n"
}
function low(k) { return int(k / 250) "." (k % 250 + 1) }
function tunnel(addr) {
	return "interface Tunnel0\n ip address " addr " 255.255.0.0\n ip mtu 1400\n ip nhrp authentication cisco\n"
}
function below() {
	return " ip nhrp max-send 65535 every 10\n tunnel source GigabitEthernet0/0\n tunnel mode gre multipoint\n tunnel key 1\n tunnel protection ipsec profile DMVPN\n!\n"
}
BEGIN {
	f = dir "/hub.cfg"
	printf "hostname Hub\n%s%s", crypto(), tunnel("10.8.250.1") >f
	for (k = 1; static != "" && k <= n; k++)
		printf " ip nhrp map 10.8.%s 100.64.%s\n", low(k), low(k) >f
	printf " ip nhrp map multicast dynamic\n ip nhrp network-id 1\n ip nhrp holdtime 600\n ip nhrp redirect\n%s", below() >f
	printf "interface GigabitEthernet0/0\n ip address 198.51.100.2 255.255.255.252\n!\nip route 0.0.0.0 0.0.0.0 198.51.100.1\nend\n" >f
	close(f)
	f = dir "/internet.cfg"
	printf "hostname Internet\ninterface GigabitEthernet0/0\n ip address 198.51.100.1 255.255.255.252\n!\n" >f
	printf "interface GigabitEthernet0/1\n ip address 100.64.250.1 255.255.0.0\n!\nend\n" >f
	close(f)
	y = dir "/lab.yml"
	printf "name: dmvpn-%d\ntopology:\n  nodes:\n    Hub: {startup-config: hub.cfg}\n    Internet: {startup-config: internet.cfg}\n", n >y
	printf "    Access: {labels: {inspire-kind: switch}}\n" >y
	for (k = 1; k <= n; k++) {
		printf "    Spoke%d: {startup-config: spoke%d.cfg}\n", k, k >y
		f = dir "/spoke" k ".cfg"
		printf "hostname Spoke%d\n%s%s", k, crypto(), tunnel("10.8." low(k)) >f
		printf " ip nhrp network-id 1\n ip nhrp holdtime 600\n ip nhrp nhs 10.8.250.1 nbma 198.51.100.2 multicast\n ip nhrp shortcut\n%s", below() >f
		printf "interface Loopback0\n ip address 172.16.%s 255.255.255.255\n!\n", low(k) >f
		printf "interface GigabitEthernet0/0\n ip address 100.64.%s 255.255.0.0\n!\n", low(k) >f
		printf "ip route 0.0.0.0 0.0.0.0 100.64.250.1\nip route 172.16.0.0 255.255.0.0 10.8.250.1\nend\n" >f
		close(f)
	}
	printf "  links:\n    - endpoints: [\"Hub:GigabitEthernet0/0\", \"Internet:GigabitEthernet0/0\"]\n" >y
	printf "    - endpoints: [\"Internet:GigabitEthernet0/1\", \"Access:port0\"]\n" >y
	for (k = 1; k <= n; k++)
		printf "    - endpoints: [\"Spoke%d:GigabitEthernet0/0\", \"Access:port%d\"]\n", k, k >y
	close(y)
}'
