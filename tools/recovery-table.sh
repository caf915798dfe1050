#!/bin/bash
# tools/recovery-table.sh INSPIRE [--check]: measures examples/recovery-table/ with seeds 1 to 20 and writes doc/recovery-table.md,
# or says whether what is there is what comes out.  Each guide of a row shows the longest gap of its stream twice, first without the
# command, then with it, and what became of the requests to IKE.
set -eu
inspire=$(realpath "$1")
cd "$(dirname "$0")/.."
SEEDS=20

# guide | configuration | what names the peer | answer of the note
rows='static-map|Static crypto map|`set peer`|yes
dynamic-map|Dynamic crypto map|nothing|no
gre|P2P GRE with tunnel protection|`tunnel destination`|yes
mgre-static|mGRE with tunnel protection, static NHRP mapping|`ip nhrp map`|yes
mgre-dynamic|mGRE with tunnel protection, dynamic NHRP mapping|nothing|no
svti|sVTI|`tunnel destination`|yes
ezvpn|EzVPN client|it connects again by itself|not applicable'

# The Nth of values, one a seed: "a s" or "a to b s"
span() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; if (v[1] == v[NR]) print v[1] " s"; else print v[1] " to " v[NR] " s" }'
}

measure() {
	local seed
	for seed in $(seq $SEEDS); do
		"$inspire" test --show --seed "$seed" "examples/recovery-table/$1.md" |
		    awk -v seed="$seed" '/^  longest gap / { gap[++g] = $3 } /^  of requests:/ { rec[++r] = $8 + 0 }
			END { if (g != 2 || r != 2) exit 1; print gap[1], gap[2], rec[1], rec[2] }' ||
		    { echo "$1: seed $seed gave no two measurements" >&2; return 1; }
	done
}

page() {
	echo '# The recovery table, measured'
	echo
	echo '`crypto isakmp invalid-spi-recovery` starts IKE only to a peer that the configuration names. Each row is a lab and a guide in'
	echo '`examples/recovery-table/`: a router loses its SAs while its peer goes on sending, once without the command and once with it.'
	echo "The outage is the longest time without a packet arriving, on the lab's clock (a packet each 0.1 s, SAs of ten minutes), over seeds 1 to $SEEDS."
	echo '`tools/recovery-table.sh` writes this page.'
	echo
	echo '| configuration | what names the peer | recovery | outage without | outage with | recoveries started |'
	echo '| --- | --- | --- | --- | --- | --- |'
	while IFS='|' read -r guide name by answer; do
		[ -f "examples/recovery-table/$guide.md" ] || continue
		measure "$guide" >"$work/$guide"
		printf '| [%s](../examples/recovery-table/%s.md) | %s | %s | %s | %s | %s |\n' "$name" "$guide" "$by" "$answer" \
		    "$(cut -d' ' -f1 "$work/$guide" | span)" "$(cut -d' ' -f2 "$work/$guide" | span)" \
		    "$(cut -d' ' -f4 "$work/$guide" | sort -n | uniq | paste -sd' ')"
	done <<<"$rows"
	echo
	echo 'Why an outage without the command ends at all: a tunnel that has lost its SAs asks anew once a minute; a crypto map waits for traffic of its own, or'
	echo "for the peer's rekey. What forged packets can do: [forged](../examples/recovery-table/forged.md)."
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page >"$work/page"
if [ "${2:-}" = --check ]; then
	diff doc/recovery-table.md "$work/page"
else
	cp "$work/page" doc/recovery-table.md
fi
