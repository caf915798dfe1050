#!/bin/bash
# tools/clients.sh INSPIRE CLIENT...: unmodified clients against two routers of ours over SSH on loopback, each client with a
# lab of its own, all at once: openssh, expect, netmiko, paramiko, ansible tell the story of examples/automation, netmiko-points,
# paramiko-points and ansible-points try what they rely on.  A client that isn't installed is said by name (status 77).
set -u
inspire=$(realpath "$1")
shift
if [ $# -gt 1 ]; then
	said=$(mktemp -d)
	status=0
	for client in "$@"; do
		{
			"$0" "$inspire" "$client" >"$said/$client"
			echo $? >"$said/$client.status"
		} &
	done
	wait
	for client in "$@"; do
		cat "$said/$client"
		rc=$(cat "$said/$client.status")
		[ "$rc" = 0 ] || { [ "$rc" = 77 ] && [ $status != 0 ]; } || status=$rc
	done
	rm -rf "$said"
	exit "$status"
fi
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
lab=0
trap '[ "$lab" = 0 ] || kill "$lab" 2>/dev/null; wait; rm -rf "$work"' EXIT
export HOME=$work XDG_STATE_HOME=$work/state XDG_RUNTIME_DIR=$work/run ANSIBLE_HOME=$work/ansible ANSIBLE_LOCAL_TEMP=$work/tmp
export ANSIBLE_HOST_KEY_CHECKING=false ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=false
mkdir -m 700 "$XDG_RUNTIME_DIR"
status=0

# need NAME TEST...: a skip with its reason where the client is missing
need() {
	local name=$1
	shift
	"$@" >/dev/null 2>&1 && return
	echo "$name is not installed"
	exit 77
}

# The lab, and its ports as it prints them.
lab_begin() {
	cp -r "$top/examples/automation" "$work/lab"
	"$inspire" lab --ssh 127.0.0.1:0 "$work/lab/lab.yml" >"$work/out" 2>&1 </dev/null &
	lab=$!
	for _ in $(seq 100); do
		port2=$(sed -n 's/^Router2: ssh -p \([0-9]*\) .*/\1/p' "$work/out")
		port1=$(sed -n 's/^Router1: ssh -p \([0-9]*\) .*/\1/p' "$work/out")
		[ -n "$port2" ] && return
		sleep 0.1
	done
	echo "the lab does not say its ports:"
	cat "$work/out"
	exit 1
}

# It must still be there, and end by a signal in order.
lab_end() {
	local rc=0
	kill -TERM $lab 2>/dev/null || rc=gone
	wait $lab 2>/dev/null || rc=$?
	lab=0
	[ "$rc" = 0 ] || { echo "the lab ended with $rc"; cat "$work/out"; status=1; }
	rm -rf "$work/lab"
}

# try NAME COMMAND...: against a fresh lab
try() {
	local name=$1 t=$SECONDS rc=0
	shift
	lab_begin
	"$@" "$port1" "$port2" >"$work/said" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		echo "ok      $name ($((SECONDS - t)) s)"
	else
		echo "FAILED  $name: status $rc"
		tail -n 60 "$work/said"
		status=1
	fi
	lab_end
}

playbook() {
	(cd "$top/examples/automation" && timeout 200 ansible-playbook -i inventory.ini -e port1="$2" -e port2="$3" -e workdir="$work" "$1")
}

# OpenSSH asks a program for the password.
askpass() {
	printf '#!/bin/sh\necho Lab-Secret-1\n' >"$work/askpass"
	chmod +x "$work/askpass"
	SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force timeout 100 "$@"
}

for client in "$@"; do
	case $client in
	openssh)
		need "OpenSSH's client" command -v ssh
		try "OpenSSH: the example" askpass "$top/examples/automation/recovery.sh"
		;;
	expect)
		need expect command -v expect
		try "expect: the example" timeout 100 "$top/examples/automation/recovery.exp"
		;;
	netmiko)
		need netmiko /usr/bin/python3 -c 'import netmiko'
		try "netmiko: the example" timeout 100 "$top/examples/automation/recovery_netmiko.py"
		;;
	netmiko-points)
		need netmiko /usr/bin/python3 -c 'import netmiko'
		try "netmiko: point by point" timeout 100 "$top/testsuite/clients/netmiko_test.py"
		;;
	paramiko)
		need paramiko /usr/bin/python3 -c 'import paramiko'
		try "paramiko: the example" timeout 100 "$top/examples/automation/recovery_paramiko.py"
		;;
	paramiko-points)
		need paramiko /usr/bin/python3 -c 'import paramiko'
		try "paramiko: point by point" timeout 100 "$top/testsuite/clients/paramiko_test.py"
		;;
	ansible)
		need ansible command -v ansible-playbook
		try "ansible: the example" playbook recovery.yml
		;;
	ansible-points)
		need ansible command -v ansible-playbook
		try "ansible: point by point" playbook "$top/testsuite/clients/ansible_test.yml"
		;;
	*)
		echo "usage: $0 INSPIRE CLIENT..., see its first lines" >&2
		exit 2
		;;
	esac
done
exit $status
