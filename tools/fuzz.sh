#!/bin/bash
# tools/fuzz.sh SOURCE-DIR SECONDS        builds the fuzz targets with clang in SOURCE-DIR/build-fuzz, then runs each for so long
# tools/fuzz.sh --run BUILD-DIR SECONDS   runs those that are built already
set -eu
if [ "$1" = --run ]; then
	src=$PWD
	build=$2
	seconds=$3
else
	src=$(realpath "$1")
	build=$src/build-fuzz
	seconds=$2
	command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }
	mkdir -p "$build"
	cd "$build"
	[ -f Makefile ] || ../configure -q --enable-fuzzer CC=clang CFLAGS="-g -O1"
	make -s -j"$(nproc)" fuzzers
fi
cd "$build"
status=0
for t in testsuite/fuzz/fuzz_*; do
	[ -f "$t" ] && [ -x "$t" ] || continue
	name=${t##*/fuzz_}
	mkdir -p "corpus/$name"
	seeds=$src/testsuite/fuzz/corpus/$name
	echo "== $name"
	if ! "$t" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 "corpus/$name" $([ -d "$seeds" ] && echo "$seeds"); then
		echo "fuzz: $name found something; the input is above" >&2
		status=1
	fi
done
exit $status
