#!/bin/bash
# The same with nothing but OpenSSH's client: a command a connection, a configuration through standard input.
# usage: recovery.sh PORT1 PORT2     with a key that both routers know, or SSH_ASKPASS to give the password
set -eu
if [ $# != 2 ]; then
	echo "usage: $0 PORT1 PORT2" >&2
	exit 2
fi
port=([1]=$1 [2]=$2)

# on N COMMAND
on() {
	ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR ${SSH_OPTIONS:-} -p "${port[$1]}" admin@127.0.0.1 "${@:2}"
}

failed() {
	echo "FAILED  $*"
	exit 1
}

# until WHAT COMMAND...
until_ok() {
	local what=$1
	shift
	for _ in $(seq 30); do
		if "$@"; then
			echo "ok  $what"
			return
		fi
		sleep 0.5
	done
	failed "$what"
}

carries() { on 1 'ping 172.16.0.2 repeat 3 timeout 1' | grep -q 'Success rate is 100 percent'; }
loses() { on 1 'ping 172.16.0.2 repeat 3 timeout 1' | grep -q 'Success rate is 0 percent'; }
logged() { on 2 'show logging | include RECVD_PKT_INV_SPI' | grep -q '%CRYPTO-4-RECVD_PKT_INV_SPI'; }

for me in 1 2; do
	peer=$((3 - me))
	on $me <<-END >/dev/null
		configure terminal
		crypto isakmp key TunnelSecret address 10.1.12.$peer
		crypto isakmp policy 10
		 encr aes 256
		 authentication pre-share
		 group 14
		crypto ipsec transform-set TS esp-aes esp-sha-hmac
		crypto ipsec profile VTI
		 set transform-set TS
		interface Tunnel0
		 ip address 172.16.0.$me 255.255.255.252
		 tunnel source GigabitEthernet0/0
		 tunnel mode ipsec ipv4
		 tunnel destination 10.1.12.$peer
		 tunnel protection ipsec profile VTI
		end
		exit
	END
done
until_ok "the tunnel is up" carries
on 2 'clear crypto isakmp'
on 2 'clear crypto sa'
loses || failed "without recovery the packets should be lost"
until_ok "Router2 says %CRYPTO-4-RECVD_PKT_INV_SPI" logged
printf '%s\n' 'configure terminal' 'crypto isakmp invalid-spi-recovery' end exit | on 2 >/dev/null
until_ok "with recovery the tunnel heals" carries
on 1 'show crypto nonsense' >/dev/null && failed "a refused command should not have status 0"
echo "ok  the status of a refused command"
