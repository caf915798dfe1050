#!/bin/bash
# tools/bugs.sh INSPIRE: the guides to known bugs tell them apart.  Each guide of examples/bugs/ is named after its bug; it holds
# with that bug on, and fails without it and with any other bug in its place: a bug flips its own assertion and no other.
set -eu
inspire=$(realpath "$1")
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/examples"
cp -r "$top/examples/bugs" "$work/examples/"
cd "$work/examples/bugs"
bugs=$("$inspire" lab --clock virtual lab.yml <<<'show bugs' | sed -n 's/^\([A-Za-z0-9]*\), on at .*/\1/p')
failed=0 runs=0

# holds GUIDE BUG: the guide with that bug in the place of its own ("none": the line is left out)
holds() {
	local own copy
	own=$(basename "$1" .md)
	copy=with-$2-$own.md
	if [ "$2" = none ]; then
		sed "/^lab#set Router[12] bug $own on$/d" "$1" >"$copy"
	else
		sed "s/^\(lab#set Router[12] bug\) $own on$/\1 $2 on/" "$1" >"$copy"
	fi
	runs=$((runs + 1))
	"$inspire" test "$copy" >/dev/null 2>&1
}

[ -n "$bugs" ] || { echo "no bugs are listed"; exit 1; }
for own in $bugs; do
	[ -f "$own.md" ] || { echo "$own has no guide"; failed=1; continue; }
	holds "$own.md" "$own" || { echo "$own: its guide fails with it"; failed=1; }
	for other in none $bugs; do
		[ "$other" != "$own" ] || continue
		! holds "$own.md" "$other" || { echo "$own: its guide holds with $other too"; failed=1; }
	done
done
echo "$(wc -w <<<"$bugs") bugs, $runs runs"
exit $failed
