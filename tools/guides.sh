#!/bin/bash
# tools/guides.sh INSPIRE [TRANSCRIPT...]: every guide and every note's transcript (or those named, in this tree) holds with
# seeds 1 to 20; each seed gives other bytes of all output, captures and key files, and the same seed (three of them are tried
# again) the same bytes; and where one word of one expected line is another, the transcript fails, for every expected line.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
SEEDS=20
AGAIN=3

# Another word in the place of the last one of line N (four letters at least, not of a hole or a comment).
change_word() {
	awk -v n="$2" 'NR != n { print; next } {
		rest = ""; at = 0
		if ((i = match($0, / <(===|---)/)) > 0) { rest = substr($0, i); $0 = substr($0, 1, i - 1) }
		for (i = 1; match(substr($0, i), /[A-Za-z][A-Za-z][A-Za-z][A-Za-z]+/); i += RSTART + RLENGTH - 1) {
			head = substr($0, 1, i + RSTART - 2)
			if (gsub(/<</, "&", head) == gsub(/>>/, "&", head)) { at = i + RSTART - 1; len = RLENGTH }
		}
		if (at > 0) $0 = substr($0, 1, at - 1) "xyzzy" substr($0, at + len)
		print $0 rest
	}' "$1"
}

# Numbers of the lines that a command must print or a router must log; not of answers to its questions, nor of certificates, which are typed.
expected_lines() {
	awk -v md="$([[ $1 = *.md ]] && echo 1)" '
		NR == 1 && /^---/ { front = 1; next }
		front { if (/^---/) front = 0; next }
		md && /^```/ { inside = !inside && /^```console/; next }
		md && !inside { next }
		/^[ \t]*[A-Za-z][A-Za-z0-9_.-]*(\([a-z0-9-]+\))?[#>]/ { next }
		/^[ \t]*\+>/ { next }
		/^(Username|Password): ./ { next }
		/^-----(BEGIN|END) / || /^[A-Za-z0-9+\/]+=*$/ && length($0) > 30 { next }
		/^!---/ || /^[ \t]*(\.\.\.|…|\[\.\.\.\]|\((omitted|snip|中略|略)\))?[ \t]*$/ { next }
		/[A-Za-z][A-Za-z][A-Za-z][A-Za-z]/ { print NR }' "$1"
}

# In a copy of the tree: a capture with keys from the first command on, where the lab is the guides' own.
add_capture() {
	local n
	case $1 in
	*/examples/invalid-spi/*) ;;
	*) grep -q '^topology: .*/examples/invalid-spi/lab.yml' "$1" || return 0 ;;
	esac
	[[ $1 = *.md ]] && n=$(grep -n -m1 '^```console' "$1" | cut -d: -f1) || n=$(grep -n -m2 '^---' "$1" | tail -n 1 | cut -d: -f1)
	sed -i "${n}a lab#capture Router1:GigabitEthernet0/0 $2.pcapng keys $2-keys" "$1"
}

# seed N TIME: everything in a fresh copy; the sum of all that came of it.  It must only tell runs apart, and the captures are long.
run_seed() {
	local d
	d=$(mktemp -d)
	cp -r "$tree" "$d/tree"
	cd "$d/tree"
	# shellcheck disable=SC2086
	"$inspire" test --show --seed "$1" $guides >out 2>&1 || { echo "seed $1:"; "$inspire" test --seed "$1" $guides | grep -v '^ok' || :; } >&2
	find . -name out -o -name '*.pcapng' -o -name esp_sa -o -name ikev1_decryption_table | sort | xargs cksum | sha256sum >"$sums/$1.$2"
	cd /
	rm -rf "$d"
}

# words GUIDE: each transcript with another word must fail, but still be one
run_words() {
	local line n copies=() rc=0
	for line in $(expected_lines "$1"); do
		n=$(dirname "$1")/changed-$line-$(basename "$1")
		change_word "$1" "$line" >"$n"
		cmp -s "$1" "$n" && rm "$n" || copies+=("$n")
	done
	[ ${#copies[@]} -gt 0 ] || return 0
	"$inspire" test --first --format tap "${copies[@]}" >"$1.tap" 2>&1 || rc=$?
	grep '^ok ' "$1.tap" | sed 's/^/held with another word: /' >&2 || :
	[ $rc = 1 ] && [ "$(grep -c '^not ok ' "$1.tap")" = ${#copies[@]} ] || { echo "$1: status $rc with other words"; grep -v '^#' "$1.tap"; } >&2
	echo "${#copies[@]}" >>words
	rm -f "${copies[@]}"
}

if [ "$1" = --seed ] || [ "$1" = --words ]; then
	"run_${1#--}" "$2" "${3:-}"
	exit
fi
inspire=$(realpath "$1")
shift
top=$(cd "$here/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sums=$work/sums
tree=$work/tree
cd "$top"
guides=${*:-$(ls examples/*/*.md testsuite/lab/seed-*.txt)}
export inspire guides sums tree
mkdir "$sums" "$tree"
cp -r --parents examples testsuite/lab "$tree/"
cp -r --parents examples testsuite/lab "$work/"
for g in $guides; do
	add_capture "$tree/$g" "$(basename "$g" | tr . -)"
done
{ seq -f '--seed %g 1' $SEEDS && seq -f '--seed %g 2' $AGAIN; } | xargs -P "$(nproc)" -L 1 "$here/guides.sh" 2>"$work/errors"
for seed in $(seq $AGAIN); do
	cmp -s "$sums/$seed.1" "$sums/$seed.2" || echo "seed $seed: not the same bytes twice" >>"$work/errors"
done
[ "$(sort -u "$sums"/*.1 | wc -l)" = $SEEDS ] || echo "two seeds gave the same bytes" >>"$work/errors"
cd "$work"
printf -- '--words %s\n' $guides | xargs -P "$(nproc)" -L 1 "$here/guides.sh" 2>>"$work/errors"
cat "$work/errors"
echo "$(wc -w <<<"$guides") transcripts with $SEEDS seeds, $AGAIN of them twice, $(awk '{ n += $1 } END { print n }' words) of their lines with another word"
echo "sum of all outputs and captures: $(cat "$sums"/*.1 | sha256sum | cut -d' ' -f1)"
[ ! -s "$work/errors" ]
