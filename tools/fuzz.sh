#!/bin/bash
# tools/fuzz.sh --build SOURCE-DIR        builds the fuzz targets, and all else, with clang in SOURCE-DIR/build-fuzz; a warning ends it
# tools/fuzz.sh --run BUILD-DIR SECONDS   runs those that are built, each for so long
# tools/fuzz.sh SOURCE-DIR SECONDS        both
set -eu
command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }

build_all() {
	mkdir -p "$1/build-fuzz"
	cd "$1/build-fuzz"
	[ -f Makefile ] || ../configure -q --enable-fuzzer --enable-werror CC=clang CFLAGS="-g1 -O0"
	make -s -j"$(nproc)" all fuzzers
}

src=$PWD
case $1 in
--build)
	build_all "$2"
	exit
	;;
--run)
	build=$2
	seconds=$3
	;;
*)
	(build_all "$1")
	build=$1/build-fuzz
	seconds=$2
	;;
esac
cd "$build"

# one TARGET: its output is kept until it ends, since several run at once
one() {
	local name=${1##*/fuzz_} seeds rc=0
	seeds=$src/testsuite/fuzz/corpus/$name
	mkdir -p "corpus/$name"
	[ -d "$seeds" ] || seeds=
	"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 "corpus/$name" $seeds >"fuzz-$name.log" 2>&1 || rc=$?
	echo "== $name"
	cat "fuzz-$name.log"
	[ $rc = 0 ] || echo "fuzz: $name found something; the input is above" >&2
	return $rc
}
export -f one
export src seconds

targets=$(find testsuite/fuzz -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort)
[ -n "$targets" ] || { echo "no fuzz target is built in $build"; exit 1; }
echo "$targets" | xargs -P "$(nproc)" -I{} bash -c 'one {}'
