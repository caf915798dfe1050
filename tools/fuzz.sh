#!/bin/bash
# tools/fuzz.sh SOURCE-DIR SECONDS: builds the fuzz targets with clang in SOURCE-DIR/build-fuzz and runs each for so long
# over its seed corpus.
set -eu
src=$1
seconds=$2
command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }
mkdir -p "$src/build-fuzz"
cd "$src/build-fuzz"
[ -f Makefile ] || ../configure -q --enable-fuzzer CC=clang CFLAGS="-g -O1"
make -s -j"$(nproc)" fuzzers
status=0
for t in testsuite/fuzz/fuzz_*; do
	[ -x "$t" ] && [ ! -d "$t" ] || continue
	case $t in *.o | *.c) continue ;; esac
	name=${t##*/fuzz_}
	mkdir -p "corpus/$name"
	seeds=../testsuite/fuzz/corpus/$name
	echo "== $name"
	if ! "$t" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 "corpus/$name" $([ -d "$seeds" ] && echo "$seeds"); then
		echo "fuzz: $name found something; the input is above" >&2
		status=1
	fi
done
exit $status
