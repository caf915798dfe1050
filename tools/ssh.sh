#!/bin/bash
# tools/ssh.sh INSPIRE: SSH as OpenSSH's client sees it (keys, statuses, terminals, several at once), the gateway killed,
# and a system's own sshd that offers a router by ForceCommand, quiet mode.  tools/ssh.sh INSPIRE enemy: what a server has to bear.
# tools/ssh.sh INSPIRE cut: clients that are gone in the middle of a line.
# All on loopback.
set -u
inspire=$(realpath "$1")
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
router=0
sshd=0
trap 'for p in $router $sshd; do [ "$p" = 0 ] || kill "$p" 2>/dev/null; done; wait; rm -rf "$work"' EXIT
export HOME=$work XDG_STATE_HOME=$work/state XDG_RUNTIME_DIR=$work/run
unset SSH_ORIGINAL_COMMAND SSH_AUTH_SOCK
mkdir -m 700 "$XDG_RUNTIME_DIR"
cd "$work" || exit 2
failed=0

for need in ssh ssh-keygen script; do
	command -v $need >/dev/null || { echo "$need is not installed"; exit 77; }
done
/usr/bin/python3 -c 'import paramiko' 2>/dev/null || { echo "python3-paramiko is not installed"; exit 77; }

check() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then
		echo "$name: ok"
	else
		echo "$name: FAILED"
		[ ! -s out ] || cat out
		failed=1
	fi
}

holds() {
	grep -qF -- "$1" out
}

cat >r.cfg <<'EOF'
hostname R1
ip domain name lab.local
username admin privilege 15 secret lab123
username guest secret guest123
username robot privilege 15 secret robot123
username robot autocommand show privilege
banner login ^For those who may^
line vty 0 15
 login local
 transport input ssh
end
EOF
for kind in ed25519 ecdsa rsa; do
	ssh-keygen -q -t $kind -N '' -C "$kind of somebody" -f id_$kind
done
printf '#!/bin/sh\necho "$PASSWORD"\n' >askpass
chmod 700 askpass

begin() { # OPTION...
	"$inspire" router "$@" r.cfg </dev/null >said 2>&1 &
	router=$!
	port=
	for _ in $(seq 100); do
		port=$(sed -n 's/^Router: ssh -p \([0-9]*\) .*/\1/p' said)
		[ -n "$port" ] && return
		sleep 0.1
	done
	echo "the router does not say its port:"
	cat said
	exit 1
}

options="-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=20"
login() { # PASSWORD SSH-ARGUMENT...
	PASSWORD=$1 SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force ssh $options -p "$port" -o NumberOfPasswordPrompts=1 "${@:2}" </dev/null >out 2>&1
}
key() { # KIND SSH-ARGUMENT...
	ssh $options -p "$port" -i "id_$1" -o IdentitiesOnly=yes -o BatchMode=yes "${@:2}" </dev/null >out 2>&1
}
typed() { # TEXT: on a terminal of 100 columns, with the key
	{ sleep 1; printf '%b' "$1"; sleep 2; } |
		script -qec "stty cols 100 rows 30; ssh $options -tt -p $port -i id_ed25519 -o IdentitiesOnly=yes admin@127.0.0.1" /dev/null >out 2>&1
}

begin --ssh 127.0.0.1:0
if [ "${2:-}" = enemy ]; then
	/usr/bin/python3 "$top/testsuite/clients/ssh_enemy.py" "$port" 2>/dev/null
	[ $? = 0 ] || failed=1
	check "the gateway has borne it" [ "$(grep -c '%SSH-3-GATEWAY' said)" = 0 ]
	exit $failed
fi
if [ "${2:-}" = cut ]; then
	/usr/bin/python3 "$top/testsuite/clients/ssh_cut.py" "$port" "$router" 2>/dev/null
	[ $? = 0 ] || failed=1
	check "the gateway has borne it" [ "$(grep -c '%SSH-3-GATEWAY' said)" = 0 ]
	exit $failed
fi
stat -c '%a %n' r.cfg.keys/*.pem >out
check "host keys are for their owner alone" [ "$(cut -d' ' -f1 out | sort -u)" = 600 ]
check "their folder too" [ "$(stat -c %a r.cfg.keys)" = 700 ]

login lab123 admin@127.0.0.1 'show privilege'
check "a command" [ $? = 0 ]
check "what it prints" holds "Current privilege level is 15"
options=${options/LogLevel=ERROR/LogLevel=INFO} login lab123 admin@127.0.0.1 'show privilege'
check "the banner before it" holds "For those who may"
login lab123 admin@127.0.0.1 'show nonsense'
check "a refused command's status" [ $? = 1 ]
login wrong admin@127.0.0.1 'show privilege'
check "a wrong password" [ $? = 255 ]
login wrong nobody@127.0.0.1 'show privilege'
check "an unknown user" [ $? = 255 ]
login guest123 guest@127.0.0.1 'show privilege'
check "a user without rights" holds "Current privilege level is 1"
login lab123 -o PreferredAuthentications=keyboard-interactive admin@127.0.0.1 'show privilege'
check "keyboard-interactive" holds "level is 15"
login lab123 -o PreferredAuthentications=password admin@127.0.0.1 'show privilege'
check "password" holds "level is 15"

{
	printf 'configure terminal\nip ssh pubkey-chain\nusername admin\n'
	for kind in ed25519 ecdsa rsa; do
		printf 'key-string\n%s\nexit\n' "$(cut -d' ' -f1,2 id_$kind.pub | fold -w 70) $kind of somebody"
	done
	printf 'end\nwrite memory\nexit\n'
} >lines
PASSWORD=lab123 SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force ssh $options -p "$port" admin@127.0.0.1 <lines >out 2>&1
check "lines without a terminal" [ $? = 0 ]
check "they were saved" grep -q "key-hash ssh-rsa .* rsa of somebody" r.cfg
for kind in ed25519 ecdsa rsa; do
	key $kind admin@127.0.0.1 'show privilege'
	check "a user's key: $kind" [ $? = 0 ]
	key $kind guest@127.0.0.1 'show privilege'
	check "it is no other user's: $kind" [ $? = 255 ]
done
for algorithm in ssh-ed25519 ecdsa-sha2-nistp256 rsa-sha2-512; do
	key ed25519 -o HostKeyAlgorithms=$algorithm admin@127.0.0.1 'show privilege'
	check "the server's key: $algorithm" [ $? = 0 ]
done
for cipher in chacha20-poly1305@openssh.com aes256-gcm@openssh.com aes128-ctr; do
	key ed25519 -c $cipher admin@127.0.0.1 'show ssh'
	check "cipher $cipher" holds " ${cipher} "
done
key ed25519 -s admin@127.0.0.1 sftp
check "no sftp" [ $? != 0 ]
key ed25519 -W 127.0.0.1:22 admin@127.0.0.1
check "no forwarding" [ $? != 0 ]

typed 'show cl\t\rping 10.9.9.9\r\x1eshow users\rexit\r'
check "a terminal: completion" holds "show clock"
check "a terminal: Ctrl-^ ends a ping" holds "vty 0"

key ed25519 admin@127.0.0.1 'show running-config' && cp out one
for i in 1 2 3 4; do
	ssh $options -p "$port" -i id_ed25519 -o IdentitiesOnly=yes admin@127.0.0.1 'show running-config' </dev/null >"many$i" 2>&1 &
	many[i]=$!
done
for i in 1 2 3 4; do
	wait "${many[i]}"
	check "several at once: $i" [ "$(grep -c '^username' "many$i")" = "$(grep -c '^username' one)" ]
done

# The gateway's process dies: the router does not, and starts another.
gateway=$(pgrep -P "$router" -f 'inspire gateway')
kill -SEGV "$gateway"
for _ in $(seq 50); do
	key ed25519 admin@127.0.0.1 'show privilege' && break
	sleep 0.2
done
check "after the gateway was killed" holds "level is 15"
check "the router tells of it" grep -q '%SSH-3-GATEWAY' said

# One that dies again and again is tried later, and so it is said.
for _ in $(seq 200); do
	grep -q 'is tried again in 5 seconds' said && break
	pkill -SEGV -P "$router" -f 'inspire gateway' || sleep 0.02
done
check "a gateway that dies again and again is tried later" grep -q '%SSH-3-GATEWAY.*signal 11.*, it is tried again in 5 seconds' said
for _ in $(seq 100); do
	grep -q '%SSH-5-GATEWAY' said && break
	sleep 0.2
done
check "then it is, and so it is said" grep -q '%SSH-5-GATEWAY: The process that serves SSH was started again' said
key ed25519 admin@127.0.0.1 'show privilege'
check "and lets one in" holds "level is 15"

"$inspire" router --ssh "127.0.0.1:$port" r.cfg </dev/null >out 2>&1
check "a port in use" [ $? = 2 ]

# A system's sshd with a router behind it.
if [ -x /usr/sbin/sshd ]; then
	ssh-keygen -q -t ed25519 -N '' -f host
	cp id_ed25519.pub allowed
	free=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >sshd.cfg <<EOF
ListenAddress 127.0.0.1:$free
HostKey $work/host
PidFile none
AuthorizedKeysFile $work/allowed
StrictModes no
UsePAM no
ForceCommand env XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR $inspire attach Router
EOF
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	/usr/sbin/sshd -D -e -f sshd.cfg >sshd.log 2>&1 &
	sshd=$!
	inner=$port
	port=$free
	for _ in $(seq 50); do
		key ed25519 "$(id -un)@127.0.0.1" 'show privilege' && break
		sleep 0.1
	done
	check "ForceCommand: a command" holds "Current privilege level is 15"
	key ed25519 "$(id -un)@127.0.0.1" 'show nonsense'
	check "ForceCommand: its status" [ $? = 1 ]
	{ sleep 1; printf 'show users\rexit\r'; sleep 1; } |
		script -qec "ssh $options -tt -p $port -i id_ed25519 $(id -un)@127.0.0.1" /dev/null >out 2>&1
	check "ForceCommand: a terminal" holds "con 0"
	kill "$sshd"
	sshd=0
	port=$inner
else
	echo "ForceCommand: openssh-server is not installed"
fi

kill -TERM "$router"
wait "$router"
check "SIGTERM ends the router in order" [ $? = 0 ]
router=0

# Too many failures: nobody may come any more but those whom the access list of quiet mode permits.
{
	grep -v '^end' r.cfg
	printf '%s\n' 'login block-for 600 attempts 2 within 100' 'login quiet-mode access-class MINE' 'ip access-list standard MINE' ' permit 127.0.0.2' end
} >quiet.cfg
mv r.cfg loud.cfg
mv quiet.cfg r.cfg
begin --ssh 127.0.0.1:0
key ed25519 admin@127.0.0.1 'show privilege'
check "before quiet mode anybody" [ $? = 0 ]
login wrong admin@127.0.0.1 'show privilege'
login wrong admin@127.0.0.1 'show privilege'
check "quiet mode is logged" grep -q '%SEC_LOGIN-1-QUIET_MODE_ON: .*\[ACL: MINE\]' said
key ed25519 admin@127.0.0.1 'show privilege'
check "in quiet mode nobody" [ $? = 255 ]
key ed25519 -b 127.0.0.2 admin@127.0.0.1 'show login'
check "but whom its list permits" holds "Restricted logins filtered by applied ACL MINE."
login wrong -b 127.0.0.2 admin@127.0.0.1 'show privilege'
check "and he by his password only" [ $? = 255 ]
key ed25519 -b 127.0.0.3 admin@127.0.0.1 'show privilege'
check "nor another" [ $? = 255 ]
printf 'configure terminal\nno login quiet-mode access-class\nend\n' >lines
ssh $options -p "$port" -b 127.0.0.2 -i id_ed25519 -o IdentitiesOnly=yes -o BatchMode=yes admin@127.0.0.1 <lines >out 2>&1
key ed25519 -b 127.0.0.2 admin@127.0.0.1 'show privilege'
check "without the list nobody at all" [ $? = 255 ]
kill -TERM "$router"
wait "$router"
router=0
mv loud.cfg r.cfg

# A key that others can read is not used.
chmod 644 r.cfg.keys/ed25519*.pem
"$inspire" router --ssh 127.0.0.1:0 r.cfg </dev/null >out 2>&1
check "a readable private key" [ $? = 2 ]
check "what is said of it" holds "mode 0600"

# Nobody configured: nobody in, and the start says so.
printf 'hostname R1\nend\n' >r.cfg
rm -rf r.cfg.keys
begin --ssh '[::1]:0'
ssh $options -p "$port" -o BatchMode=yes admin@::1 'show privilege' </dev/null >out 2>&1
check "where nobody is configured nobody can log in" [ $? = 255 ]
check "the start says that nobody can log in" grep -q 'nobody can log in' said
kill -INT "$router"
wait "$router"
check "SIGINT ends the router in order" [ $? = 0 ]
router=0
exit $failed
