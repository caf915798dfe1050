#!/bin/bash
# Configurations as real devices print them: what `inspire check` says of each stands beside it in NAME.check, and the
# running configuration that a router makes of it reads back to the same, byte for byte, and outlives `write memory`.
# UPDATE=1 writes the NAME.check files anew.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=$PWD/inspire
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail() {
	echo "FAILED $*"
	failed=1
}

# running FILE: the running configuration of a router that has read it
running() {
	printf 'terminal length 0\nshow running-config\n' | "$inspire" router "$1" 2>/dev/null | sed -n '/^!/,/^end/p'
}

cd "$top/testsuite/configs" || exit 99
for cfg in *.cfg; do
	name=${cfg%.cfg}
	"$inspire" check --lines "$cfg" >"$dir/said"
	echo "status $?" >>"$dir/said"
	[ -z "${UPDATE:-}" ] || cp "$dir/said" "$name.check"
	diff -u "$name.check" "$dir/said" || fail "check $cfg"
	running "$cfg" >"$dir/once"
	cp "$dir/once" "$dir/twice.cfg"
	running "$dir/twice.cfg" >"$dir/twice"
	[ -s "$dir/once" ] && diff -u "$dir/once" "$dir/twice" || fail "$cfg printed, read and printed again"
	cp "$cfg" "$dir/nvram.cfg"
	printf 'write memory\n' | "$inspire" router "$dir/nvram.cfg" >"$dir/out" 2>&1
	grep -q OK "$dir/out" || fail "$cfg: write memory"
	running "$dir/nvram.cfg" | diff -u "$dir/once" - || fail "$cfg after write memory and a start"
done

printf 'hostname X\nrouter bgp 1\n neighbor 10.0.0.1 remote-as 2\n' >"$dir/a.cfg"
printf 'crypto map M 1 ipsec-isakmp\n match address 101\ninterface Tunnel0\n tunnel source Gi0/7\n ip access-group IN in\n' >"$dir/b.cfg"
printf 'hostname\0X\nfubar\n' >"$dir/c.cfg"
[ "$("$inspire" check "$dir/a.cfg" | tr -s ' \n' ' ')" = "$dir/a.cfg: 2 lines are kept that nothing here acts on routing 2 " ] || fail "two lines"
[ "$("$inspire" check - <"$dir/b.cfg" | grep -c 'warning: .* is not there')" = 3 ] || fail "three names that are not there"
"$inspire" check "$dir/c.cfg" >"$dir/out" && fail "a byte of zero"
[ "$(grep -c ':[12]:$' "$dir/out")" = 2 ] || fail "both lines told: $(cat "$dir/out")"
"$inspire" check "$dir/none.cfg" 2>/dev/null
[ $? = 2 ] || fail "a file that is not there"
head -c 100000 /dev/urandom >"$dir/noise"
"$inspire" check "$dir/noise" >"$dir/out"
[ $? = 1 ] || fail "noise"
exit $failed
