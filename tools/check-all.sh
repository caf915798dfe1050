#!/bin/bash
# Every test: the plain suite, both compilers without a warning, the sanitizers, every guide with seeds 1 to 20,
# foreign analysers and clients, and the fuzzers for a short while. Run by ./quickstart check after it has built.
#
# The plain suite goes first.  Then come lanes, several at a time: each is a function of steps that follow one another.
# A step of a new kind goes into the lane of its like, or into one of its own; it must not mind what the others do.
set -eu
cd "$(dirname "$0")/.."
copy=build-check
# Those that compile first, and beside them those that mostly wait for others.
LANES="sanitizers clang interop clients guides captures faults"

# step NAME COMMAND...: status 77 is a skip, said by name
step() {
	local name=$1 t=$SECONDS rc=0 log said=""
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 || rc=$?
	case $rc in
	0) echo passed >>"$copy/verdicts" && verdict=ok ;;
	77) echo skipped >>"$copy/verdicts" && verdict="skipped: $(tail -n 1 "$log")" ;;
	*) echo failed >>"$copy/verdicts" && verdict=FAILED && said=$(tail -n 60 "$log") ;;
	esac
	rm -f "$log"
	printf '%-52s %s (%d s)\n%s' "$name" "$verdict" $((SECONDS - t)) "${said:+$said
}"
}

# suite DIR: a test that fails is shown with the end of what it said
suite() {
	make -s -j"$(nproc)" -C "$1" check && return 0
	(cd "$1" && grep -l '^:test-result: FAIL\|^:test-result: ERROR' $(find . -name '*.trs') | while read -r t; do
		printf '\n== %s\n' "${t%.trs}"
		tail -n 40 "${t%.trs}.log"
	done)
	return 1
}

sub_build() {
	local dir=$1
	shift
	mkdir -p "$copy/$dir"
	(cd "$copy/$dir" && { [ -f Makefile ] || ../configure -q --enable-werror "$@"; } && make -s -j"$(nproc)")
}

# What is built in place may have been held to that already.
gcc_build() {
	grep -q '^CC = gcc' Makefile && grep -q '^INSPIRE_CFLAGS = .*-Werror' Makefile || sub_build build-gcc CC=gcc
}

lane_sanitizers() {
	step "gcc without a warning" gcc_build
	step "address and undefined-behaviour sanitizers: build" sub_build build-san --enable-sanitizers CFLAGS="-g1 -O1"
	# Check forks for each test: with sanitizers that costs more than the test.
	CK_FORK=no step "address and undefined-behaviour sanitizers: suite" suite "$copy/build-san"
	step "captures that others published" tools/published.sh "$copy/build-san/testsuite/fuzz/replay"
}

lane_clang() {
	step "clang without a warning" tools/fuzz.sh --build "$copy"
	step "fuzzers, a short while each" tools/fuzz.sh --run "$copy/build-fuzz" 4
}

lane_guides() {
	step "every guide, seeds 1 to 20, each with bytes of its own" tools/guides.sh ./inspire
}

lane_faults() {
	step "known bugs, each guide against each" tools/bugs.sh ./inspire
	step "the recovery table, measured anew" tools/recovery-table.sh ./inspire --check
}

lane_captures() {
	step "captures read by tshark" tools/tshark.sh ./inspire
	step "captures of GRE read by tshark" tools/tshark-gre.sh ./inspire
	step "captures of crypto maps read by tshark" tools/tshark-cmap.sh ./inspire
	step "captures of ESP in UDP read by tshark" tools/tshark-natt.sh ./inspire
	step "monitor capture, links and wires read by tshark" tools/captures.sh ./inspire
	step "screens in tmux" tools/screens.sh ./inspire
	step "messages read by rsyslog" tools/syslog.sh ./inspire
	step "ladders in a browser" tools/ladder.sh ./inspire
	step "routers on wires: interfaces, taps and tuns" tools/ports.sh ./inspire
	step "daemons: rights given up, devices that come back" tools/daemon.sh ./inspire
}

# Foreign peers, in namespaces of their own.
lane_interop() {
	step "strongSwan, scapy's forged packets" tools/interop.sh ./inspire strongswan
	step "strongSwan on a kernel's ESP" tools/interop.sh ./inspire uml-strongswan
	step "libreswan on a kernel's ESP" tools/interop.sh ./inspire uml-libreswan
	step "ike-scan, vpnc" tools/interop.sh ./inspire ike-scan vpnc
}

# Foreign clients, one after the other: they share the loopback's ports.
lane_clients() {
	step "SSH with OpenSSH, sshd before a router" tools/ssh.sh ./inspire
	step "SSH: what a server has to bear" tools/ssh.sh ./inspire enemy
	step "SSH: clients that are gone in the middle of a line" tools/ssh.sh ./inspire cut
	step "clients that log in: OpenSSH, expect, paramiko" tools/clients.sh ./inspire openssh expect paramiko paramiko-points
	step "clients that log in: netmiko" tools/clients.sh ./inspire netmiko netmiko-points
	step "clients that log in: ansible" tools/clients.sh ./inspire ansible ansible-points
}

if [ "${1:-}" = --lane ]; then
	"lane_$2"
	exit
fi

# A configured source directory cannot serve other build directories: those start from a copy of the tracked files.
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z 2>/dev/null | xargs -0 cp --parents -t "$copy"
cp -a configure aclocal.m4 Makefile.in config.h.in build-aux m4 "$copy"/

step "plain suite (make check)" suite .
# shellcheck disable=SC2086
printf '%s\n' $LANES | xargs -P 4 -n 1 tools/check-all.sh --lane
count() {
	grep -c "^$1\$" "$copy/verdicts" || :
}
failed=$(count failed)
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
rm -rf "$copy"
[ "$failed" = 0 ]
