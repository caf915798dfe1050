#!/bin/bash
# tools/ladders.sh [--write] [FOLDER/GUIDE.md...]: each guide of examples/ that has a tunnel in it runs with captures at both ends of that, and
# the ladder drawn from them is the picture that lies beside the guide; a lab is the same to the byte each time, so the picture is.
# With --write the pictures are made anew.
set -u
top=$(cd "${srcdir:-.}" && pwd)
inspire=${INSPIRE:-$(pwd)/inspire}
write=
[ "${1:-}" = --write ] && write=1 && shift
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cp -r "$top/examples" "$dir/"
cd "$dir/examples" || exit 99
bad=0 n=0

# The ends of a guide's tunnel: of its topology's links, the first two routers' first interfaces.
ends() {
	local lab
	lab=$(sed -n 's/^topology: //p' "$1" | head -n 1)
	case $lab in
	two-hubs.yml) echo Hub1:GigabitEthernet0/0 Spoke1:GigabitEthernet0/0 ;;
	*) grep endpoints: "$lab" | grep -o '[A-Za-z0-9]*:GigabitEthernet0/0' | head -n 2 | paste -s -d ' ' ;;
	esac
}

# The guide with captures from its first command on, and what the routers logged at its end.
with_captures() {
	local at
	at=$(grep -n -m1 '^```console' "$1" | cut -d: -f1)
	sed "${at}a lab#capture $2 r1.pcapng keys keys\nlab#capture $3 r2.pcapng" "$1"
	printf '\n```console\n'
	printf '%s#show logging | include INV_SPI\n...\n' "${2%:*}" "${3%:*}"
	printf '```\n'
}

one() (
	name=$(basename "$1" .md) log=()
	cd "$(dirname "$1")" || return 1
	rm -rf ./*.pcapng keys
	# shellcheck disable=SC2046
	with_captures "$name.md" $(ends "$name.md") >run.md
	"$inspire" test --show run.md >out 2>&1 || { tail -n 20 out; return 1; }
	grep -q '^[A-Z*].*: %CRYPTO-4-RECVD_PKT_INV_SPI' out && log=(--log out)
	title=$(sed -n 's/^# //p' "$name.md" | head -n 1)
	"$inspire" ladder "${log[@]}" --keys keys --title "$title" -o new.svg r1.pcapng r2.pcapng || return 1
	if [ -n "$write" ]; then
		cp new.svg "$top/examples/${1%.md}.svg"
		return 0
	fi
	grep -qF "($name.svg)" "$name.md" || { echo "$1 does not show its ladder"; return 1; }
	cmp "$name.svg" new.svg
)

# Timers, commands and traps have nothing to draw; forged packets, hundreds of them, too much.
# shellcheck disable=SC2010,SC2046
[ $# -gt 0 ] || set -- $(ls -- */*.md | grep -v -e '^eem/0[2-7]' -e /forged.md)
for guide; do
	n=$((n + 1))
	one "$guide" || { echo "FAILED $guide"; bad=$((bad + 1)); }
done
echo "$n ladders, $bad bad"
[ $bad = 0 ]
