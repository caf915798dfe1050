#!/bin/sh
# Holds that no object of ours has anything in .data or .bss: all state belongs to a struct that somebody made.
if grep -q -e '^[A-Z_]*CFLAGS = .*-fsanitize' -e '^[A-Z_]*CFLAGS = .*--coverage' Makefile; then
	echo "instrumented objects have data of their own: run on a plain build"
	exit 77
fi
status=0
for lib in lib/libfloor0.a datapath/libdatapath.a ike/libike.a engine/libengine.a shell/libshell.a; do
	bad=$(size -A "$lib" | awk '/:$|: *\(/ { file = $1 } /\(ex / { file = $1 } $1 ~ /^\.(data|bss|tdata|tbss)$/ && $2 > 0 { print file, $1, $2 " bytes" }')
	if [ -n "$bad" ]; then
		echo "globals: $lib: $bad" >&2
		status=1
	fi
done
exit $status
