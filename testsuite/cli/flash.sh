#!/bin/bash
# The directory of files: a lab leaves its routers' files there, each router's in its own folder, and the next lab has
# them; links lead nowhere; a snapshot brings files back; a process killed while it copies leaves the old file or the new.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=$PWD/inspire
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

printf 'name: two\ntopology:\n  nodes:\n    R1: {kind: linux, image: inspire}\n    R2: {kind: linux, image: inspire}\n' >"$dir/lab.yml"

lab() {
	printf '%s\n' "$@" | "$inspire" lab --clock virtual --flash "$dir/flash" "$dir/lab.yml" 2>&1
}

is() {	# what, wanted (a pattern), said
	[[ $3 =~ $2 ]] || { echo "$1: $3"; failed=1; }
}

lab 'connect R1' 'show clock | redirect flash:clock' 'connect lab' 'connect R2' 'show privilege | redirect flash:level' >/dev/null
is 'files in their folders' '^R1/clock R2/level $' "$(cd "$dir/flash" && echo */* | tr '\n' ' ')"
is 'the next lab has them' 'UTC.*%Error opening flash:level' "$(lab 'connect R1' 'more flash:clock' 'more flash:level')"
is 'a router by itself' 'R[a-z]*#more flash:level
Current privilege level is 15' "$(printf 'hostname Rx\n' >"$dir/r.cfg"; printf 'more flash:level\n' | "$inspire" router --flash "$dir/flash/R2" "$dir/r.cfg" 2>&1)"

echo secret >"$dir/secret"
ln -s "$dir/secret" "$dir/flash/R1/link"
mkdir "$dir/flash/R1/folder"
mkfifo "$dir/flash/R1/pipe"
for name in link pipe folder; do
	is "$name is not read" "%Error opening flash:$name" "$(lab 'connect R1' "more flash:$name")"
	is "$name is not written" 'Permission denied' "$(lab 'connect R1' "show clock | append flash:$name")"
done
is 'the file behind a link' '^secret$' "$(cat "$dir/secret")"
for name in ../secret ../R2/level /etc/passwd; do
	is "no way out by $name" 'Invalid file name' "$(lab 'connect R1' "more flash:$name")"
done

lab 'snapshot before' 'connect R1' 'delete /force flash:clock' 'show clock | redirect flash:new' 'connect lab' 'restore before' >/dev/null
is 'a snapshot brings them back' '^clock folder link pipe $' "$(cd "$dir/flash/R1" && echo * | tr '\n' ' ')"

# Killed at any moment: the file is one of those that were written, whole.
for run in $(seq 5); do
	{
		echo 'connect R1'
		for i in $(seq 200); do
			printf 'show running-config | redirect flash:big\nshow clock | redirect flash:big\n'
		done
	} >"$dir/in"
	: >"$dir/out"
	"$inspire" lab --clock virtual --flash "$dir/flash" "$dir/lab.yml" <"$dir/in" >"$dir/out" 2>&1 &
	while [ "$(stat -c %s "$dir/out")" -lt $((run * 2000)) ] && kill -0 $! 2>/dev/null; do :; done
	{ kill -9 $!; wait $!; } 2>/dev/null
	is "killed, run $run" '(UTC [A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]+ [0-9]{4}|end)$' "$(tail -n 1 "$dir/flash/R1/big")"
done

is 'no folder can be made' 'no folder for the flash' "$(printf '' | "$inspire" lab --flash "$dir/no/such" "$dir/lab.yml" 2>&1)"
exit $failed
