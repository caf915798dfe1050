#!/bin/bash
# Every test: the plain suite, both compilers without a warning, the sanitizers, every guide with seeds 1 to 20,
# foreign analysers, and the fuzzers for a short while. Run by ./quickstart check after it has built.
set -eu
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0

# step NAME COMMAND...: status 77 is a skip, said by name
step() {
	local name=$1 t=$SECONDS rc=0 log
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 || rc=$?
	case $rc in
	0) passed=$((passed + 1)) verdict=ok ;;
	77) skipped=$((skipped + 1)) verdict="skipped: $(tail -n 1 "$log")" ;;
	*) failed=$((failed + 1)) verdict=FAILED ;;
	esac
	printf '%-52s %s (%d s)\n' "$name" "$verdict" $((SECONDS - t))
	[ $rc = 0 ] || [ $rc = 77 ] || tail -n 60 "$log"
	rm -f "$log"
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
	mkdir -p "$dir"
	(cd "$dir" && { [ -f Makefile ] || ../configure -q --enable-werror "$@"; } && make -s -j"$(nproc)")
}

# A configured source directory cannot serve other build directories: those start from a copy of the tracked files.
copy=build-check
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z 2>/dev/null | xargs -0 cp --parents -t "$copy"
cp -a configure aclocal.m4 Makefile.in config.h.in build-aux m4 "$copy"/

step "plain suite (make check)" suite .
cd "$copy"
step "gcc without a warning" sub_build build-gcc CC=gcc
step "clang without a warning" sub_build build-clang CC=clang
step "address and undefined-behaviour sanitizers: build" sub_build build-san --enable-sanitizers CFLAGS="-g -O1"
step "address and undefined-behaviour sanitizers: suite" suite build-san
cd ..
step "every guide, seeds 1 to 20, twice the same bytes" tools/guides.sh ./inspire
step "known bugs, each guide against each" tools/bugs.sh ./inspire
step "the recovery table, measured anew" tools/recovery-table.sh ./inspire --check
step "captures read by tshark" tools/tshark.sh ./inspire
step "captures of GRE read by tshark" tools/tshark-gre.sh ./inspire
step "captures of crypto maps read by tshark" tools/tshark-cmap.sh ./inspire
step "captures of ESP in UDP read by tshark" tools/tshark-natt.sh ./inspire
step "clients that log in: OpenSSH, expect, paramiko" tools/clients.sh ./inspire openssh expect paramiko paramiko-points
step "clients that log in: netmiko" tools/clients.sh ./inspire netmiko netmiko-points
step "clients that log in: ansible" tools/clients.sh ./inspire ansible ansible-points
step "fuzzers, a short while each" tools/fuzz.sh "$copy" 5
rm -rf "$copy"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
