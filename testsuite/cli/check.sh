#!/bin/bash
# Configurations as real devices print them: none of their lines is wrong, and the running configuration that a router
# makes of one reads back to the same, byte for byte, and outlives `write memory`. And what `inspire check` says.
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
	"$inspire" check "$cfg" >"$dir/said" || fail "check $cfg: $(cat "$dir/said")"
	running "$cfg" >"$dir/once"
	cp "$dir/once" "$dir/twice.cfg"
	running "$dir/twice.cfg" >"$dir/twice"
	[ -s "$dir/once" ] && diff -u "$dir/once" "$dir/twice" || fail "$cfg printed, read and printed again"
	cp "$cfg" "$dir/nvram.cfg"
	printf 'write memory\n' | "$inspire" router "$dir/nvram.cfg" >"$dir/out" 2>&1
	grep -q OK "$dir/out" || fail "$cfg: write memory"
	running "$dir/nvram.cfg" | diff -u "$dir/once" - || fail "$cfg after write memory and a start"
done

cat >"$dir/golden.cfg" <<'EOF'
hostname R7
class-map match-any VOICE
 match dscp ef
vlan 10
 name staff
crypto isakmp polcy 10
 encr aes
interface GigabitEthernet0/0
 ip address 192.0.2.999 255.255.255.0
 service-policy output WAN
interface Serial0/0/0
 no ip address
router bgp 65000
 neighbor 192.0.2.2 remote-as 65001
fubar
end
EOF
cat >"$dir/golden" <<'EOF'
standard input: 9 lines are kept that nothing here acts on
  routing      2
      13  router bgp 65000
      14   neighbor 192.0.2.2 remote-as 65001
  QoS          3
       2  class-map match-any VOICE
       3   match dscp ef
      10  service-policy output WAN
  switching    2
       4  vlan 10
       5   name staff
  interfaces   2
      11  interface Serial0/0/0
      12   no ip address
standard input:6:
crypto isakmp polcy 10
                 ^
% Invalid input detected at '^' marker.
% Expected: one of N words, perhaps policy
standard input:7:
 encr aes
% Not read: the line that begins its section is wrong
standard input:9:
 ip address 192.0.2.999 255.255.255.0
            ^
% Invalid input detected at '^' marker.
% Expected: A.B.C.D
standard input:15:
fubar
 ^
% Invalid input detected at '^' marker.
standard input: 4 lines are wrong
EOF
"$inspire" check --lines - <"$dir/golden.cfg" | sed 's/one of [0-9]* words/one of N words/' | diff -u "$dir/golden" - || fail "what is said of nine lines and four"

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
