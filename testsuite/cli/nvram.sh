#!/bin/bash
# The NVRAM folder: what was written is there for the next lab, and a process killed at any moment while it
# writes leaves the old configuration or the new one.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=$PWD/inspire
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

printf 'name: one\ntopology:\n  nodes:\n    R1: {kind: linux, image: inspire, startup-config: first.cfg}\n' >"$dir/lab.yml"
printf 'hostname First\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\nend\n' >"$dir/first.cfg"

boot() {
	printf 'connect R1\nshow running-config | include ^hostname|^interface|^end\n' |
		"$inspire" lab --nvram "$dir/nvram" "$dir/lab.yml" 2>&1 | grep -E '^(hostname|interface|end)' | tr '\n' ' '
}

[ "$(boot)" = 'hostname First interface Loopback0 end ' ] || { echo "first boot: $(boot)"; failed=1; }
for run in $(seq 20); do
	{
		echo 'connect R1'
		for i in $(seq 300); do
			printf 'configure terminal\nhostname H%d\nend\nwrite memory\n' "$i"
		done
	} >"$dir/in"
	"$inspire" lab --nvram "$dir/nvram" "$dir/lab.yml" <"$dir/in" >"$dir/out" 2>&1 &
	while [ "$(stat -c %s "$dir/out")" -lt $((run * 1500)) ] && kill -0 $! 2>/dev/null; do :; done
	{ kill -9 $!; wait $!; } 2>/dev/null
	got=$(boot)
	[[ $got =~ ^hostname\ (First|H[0-9]+)\ interface\ Loopback0\ end\ $ ]] || { echo "killed, run $run: $got"; failed=1; }
done
# Private keys lie beside it, for their owner alone; others' eyes spoil them.
mkdir "$dir/kept"
printf 'connect R1\nconfigure terminal\ncrypto key generate rsa modulus 1024 label K exportable\n' | "$inspire" lab --nvram "$dir/kept" "$dir/lab.yml" >/dev/null
[ "$(stat -c %a "$dir/kept/R1.keys" "$dir/kept/R1.keys/rsa K.pem" | tr '\n' ' ')" = '700 600 ' ] || { echo "keys: $(ls -l "$dir/kept")"; failed=1; }
keys() {
	printf 'connect R1\nshow crypto key mypubkey rsa K | include exportable|name\n' | "$inspire" lab --nvram "$dir/kept" "$dir/lab.yml" 2>&1
}
keys | grep -q 'Key is exportable' || { echo "keys after a start: $(keys)"; failed=1; }
chmod 644 "$dir/kept/R1.keys/rsa K.pem"
keys | grep -q 'others than its owner' || { echo "a key that all may read: $(keys)"; failed=1; }
[ "$got" != 'hostname First interface Loopback0 end ' ] || { echo "nothing was ever written"; failed=1; }
exit $failed
