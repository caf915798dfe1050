#!/bin/bash
# tools/guides.sh INSPIRE [TRANSCRIPT...]: every guide and every note's transcript (or those named, in this tree) holds with
# seeds 1 to 20; the same seed gives the same bytes of all output, captures and key files twice, and each seed others; and where
# one word of one expected line is another, the transcript fails, for every expected line.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
SEEDS=20

# Another word in the place of the last one of line N (four letters at least, not of a hole or a comment).
change_word() {
	awk -v n="$2" 'NR != n { print; next } {
		rest = ""
		if ((i = match($0, / <(===|---)/)) > 0) { rest = substr($0, i); $0 = substr($0, 1, i - 1) }
		for (line = $0; match(line, /[A-Za-z][A-Za-z][A-Za-z][A-Za-z]+[^A-Za-z]*$/); line = substr(line, 1, RSTART - 1)) {
			tail = substr($0, RSTART); sub(/^[A-Za-z]+/, "", tail)
			head = substr($0, 1, RSTART - 1)
			if (gsub(/<</, "&", head) == gsub(/>>/, "&", head)) { print head "xyzzy" tail rest; next }
		}
		print $0 rest
	}' "$1"
}

# Numbers of the lines that a command must print or a router must log; not of answers to its questions, which are typed.
expected_lines() {
	awk -v md="$([[ $1 = *.md ]] && echo 1)" '
		NR == 1 && /^---/ { front = 1; next }
		front { if (/^---/) front = 0; next }
		md && /^```/ { inside = !inside && /^```console/; next }
		md && !inside { next }
		/^[ \t]*[A-Za-z][A-Za-z0-9_.-]*(\([a-z0-9-]+\))?[#>]/ { next }
		/^[ \t]*\+>/ { next }
		/^(Username|Password): ./ { next }
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

# seed N TIME: everything in a fresh copy; the sum of all that came of it
run_seed() {
	local d g
	d=$(mktemp -d)
	cp -r "$top/examples" "$top/testsuite" "$d/"
	cd "$d"
	for g in $guides; do
		add_capture "$d/$g" "$(basename "$g" | tr . -)"
		"$inspire" test --show --seed "$1" "$g" >>out 2>&1 || { echo "seed $1: $g"; "$inspire" test --seed "$1" "$g" || :; } >&2
	done
	find . -name out -o -name '*.pcapng' -o -name esp_sa -o -name ikev1_decryption_table | sort | xargs sha256sum | sha256sum >"$sums/$1.$2"
	cd /
	rm -rf "$d"
}

# word GUIDE LINE: the transcript must fail, but still be one
run_word() {
	local copy rc=0
	copy=$(dirname "$1")/changed-$2-$(basename "$1")
	change_word "$1" "$2" >"$copy"
	if ! cmp -s "$1" "$copy"; then
		"$inspire" test "$copy" >/dev/null 2>&1 || rc=$?
		[ $rc = 1 ] || echo "$1:$2: status $rc with another word: $(sed -n "$2p" "$copy")" >&2
	fi
	rm -f "$copy"
}

if [ "$1" = --seed ] || [ "$1" = --word ]; then
	"run_${1#--}" "$2" "$3"
	exit
fi
inspire=$(realpath "$1")
shift
top=$(cd "$here/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sums=$work/sums
cd "$top"
guides=${*:-$(ls examples/*/*.md testsuite/lab/seed-*.txt)}
export inspire top guides sums
mkdir "$sums"
for seed in $(seq $SEEDS); do
	printf '%s\n' "--seed $seed 1" "--seed $seed 2"
done | xargs -P "$(nproc)" -L 1 "$here/guides.sh" 2>"$work/errors"
for seed in $(seq $SEEDS); do
	cmp -s "$sums/$seed.1" "$sums/$seed.2" || echo "seed $seed: not the same bytes twice" >>"$work/errors"
done
[ "$(sort -u "$sums"/*.1 | wc -l)" = $SEEDS ] || echo "two seeds gave the same bytes" >>"$work/errors"
cp -r examples testsuite "$work/"
cd "$work"
for g in $guides; do
	for line in $(expected_lines "$g"); do
		echo "--word $g $line"
	done
done >words
xargs -P "$(nproc)" -L 1 "$here/guides.sh" <words 2>>"$work/errors"
cat "$work/errors"
echo "$(wc -w <<<"$guides") transcripts with $SEEDS seeds twice, $(wc -l <words) of their lines with another word"
echo "sha256 of all outputs and captures: $(cat "$sums"/*.1 | sha256sum | cut -d' ' -f1)"
[ ! -s "$work/errors" ]
