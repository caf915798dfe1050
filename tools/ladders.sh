#!/bin/bash
# tools/ladders.sh [--write] [GUIDE...]: each guide of examples/invalid-spi runs with captures at both ends of the tunnel, and the
# ladder drawn from them is the picture that lies beside the guide; a lab is the same to the byte each time, so the picture is.
# With --write the pictures are made anew.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=${INSPIRE:-$(pwd)/inspire}
write=
[ "${1:-}" = --write ] && write=1 && shift
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cp -r "$top/examples" "$dir/"
cd "$dir/examples/invalid-spi" || exit 99
bad=0 n=0

# The guide with captures from its first command on, and what the routers logged at its end.
with_captures() {
	local at
	at=$(grep -n -m1 '^```console' "$1" | cut -d: -f1)
	sed "${at}a lab#capture Router1:GigabitEthernet0/0 r1.pcapng keys keys\nlab#capture Router2:GigabitEthernet0/0 r2.pcapng" "$1"
	printf '\n```console\n'
	printf 'Router%d#show logging | include INV_SPI\n...\n' 1 2
	printf '```\n'
}

one() {
	local name=${1%.md} log=() title
	rm -rf ./*.pcapng keys
	with_captures "$1" >run.md
	"$inspire" test --show run.md >out 2>&1 || { tail -n 20 out; return 1; }
	grep -q '^[A-Z*].*: %CRYPTO-4-RECVD_PKT_INV_SPI' out && log=(--log out)
	title=$(sed -n 's/^# //p' "$1" | head -n 1)
	"$inspire" ladder "${log[@]}" --keys keys --title "$title" -o new.svg r1.pcapng r2.pcapng || return 1
	if [ -n "$write" ]; then
		cp new.svg "$top/examples/invalid-spi/$name.svg"
		return 0
	fi
	grep -qF "($name.svg)" "$1" || { echo "$1 does not show its ladder"; return 1; }
	cmp "$name.svg" new.svg
}

for guide in ${*:-[0-9]*.md}; do
	n=$((n + 1))
	one "$guide" || { echo "FAILED $guide"; bad=$((bad + 1)); }
done
echo "$n ladders, $bad bad"
[ $bad = 0 ]
