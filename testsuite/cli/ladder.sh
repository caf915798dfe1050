#!/bin/bash
# inspire ladder on the captures of a lab: what it draws is what was compared with it once (testsuite/ladder/), the same twice,
# whole from captures of both ends, of cut ones as far as they go; what is no capture is refused.
set -u

# What python3 looks at is not looked at without it, and so it is said in the end.
py() {
	if command -v python3 >/dev/null; then
		python3 "$@"
	else
		cat >/dev/null
		unseen="python3 is not installed: the page was not parsed"
	fi
}
unseen=
top=$(cd "${srcdir:-.}" && pwd)
inspire=${INSPIRE:-$(pwd)/inspire}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0 bad=0

fail() {
	bad=$((bad + 1))
	echo "FAILED $1"
	sed 's/^/    /' "$dir/out" | tail -n 30
}

# run STATUS NAME ARGUMENT...
run() {
	local want=$1 name=$2 rc=0
	shift 2
	n=$((n + 1))
	"$inspire" ladder "$@" >"$dir/out" 2>&1 || rc=$?
	[ $rc = "$want" ] || fail "$name: status $rc, not $want"
}

says() {
	grep -qF -- "$1" "$dir/out" || fail "does not say: $1"
}

# golden FILE: UPDATE=1 writes what came in its place
golden() {
	[ "${UPDATE:-}" = 1 ] && cp "$2" "$top/testsuite/ladder/$1"
	diff -u "$top/testsuite/ladder/$1" "$2" >"$dir/out" || fail "$1 is not what it was"
}

cp -r "$top/examples" "$dir/"
cd "$dir/examples/invalid-spi" || exit 99
cp "$top/testsuite/ladder/clearing.txt" t.txt
"$inspire" test --show t.txt >log 2>&1 || { cat log; exit 1; }
cd ../ezvpn || exit 99
cat >t.txt <<'T'
---
topology: lab.yml
---
lab#capture Client:GigabitEthernet0/0 ezvpn.pcapng keys ezvpn-keys
Client#crypto ipsec client ezvpn connect CENTRE
lab#wait 3s
Client#clear crypto ipsec client ezvpn
lab#wait 2s
T
"$inspire" test t.txt >log 2>&1 || { cat log; exit 1; }
cp ezvpn.pcapng ../invalid-spi/
cp -r ezvpn-keys ../invalid-spi/
cd ../invalid-spi || exit 99

# ---- what is drawn ----
run 0 "both ends, with keys and log" --log log one.pcapng two.pcapng
cp "$dir/out" "$dir/both.txt"
golden both.txt "$dir/both.txt"
run 0 "the same once more" --log log one.pcapng two.pcapng
cmp -s "$dir/out" "$dir/both.txt" || fail "not the same twice"
run 0 "as a picture" --log log one.pcapng two.pcapng -o "$dir/both.svg"
golden both.svg "$dir/both.svg"
run 0 "EzVPN, details, ASCII" --ascii --details ezvpn.pcapng
cp "$dir/out" "$dir/ezvpn.txt"
golden ezvpn.txt "$dir/ezvpn.txt"
grep -qP '[^\x00-\x7f]' "$dir/ezvpn.txt" && fail "--ascii has more than ASCII"
mkdir bare && cp one.pcapng bare/
run 0 "without keys" bare/one.pcapng
cp "$dir/out" "$dir/bare.txt"
golden bare.txt "$dir/bare.txt"
run 0 "as a page" --log log one.pcapng two.pcapng --title 'A & <b>' -o "$dir/both.html"
py - "$dir/both.html" "$dir/both.svg" >"$dir/out" 2>&1 <<'P' || fail "the page is not well formed"
import html.parser, sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[2])
void = {"meta", "link", "br", "input"}
class P(html.parser.HTMLParser):
    open, rows, bad = [], 0, 0
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        for k in ("src", "href"):
            assert k not in a, (tag, a)
        if tag == "li" and "class" in a:
            self.rows += 1
            self.bad += "bad" in a["class"].split()
        if tag not in void:
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        pass
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())
p = P(convert_charrefs=True)
text = open(sys.argv[1], encoding="utf-8").read()
p.feed(text)
assert p.open == [] and p.rows == 15 and p.bad == 1, (p.open, p.rows, p.bad)
assert "url(" not in text.replace("url(#hatch)", "") and "@import" not in text
assert "A &amp; &lt;b&gt;" in text
P
head -c 100 "$dir/both.html" | grep -q '^<!DOCTYPE html>' || fail "no page"

# ---- captures on both sides of a translator ----
cp "$top"/testsuite/lab/natt* .
cat >t.txt <<'T'
---
topology: natt.yml
---
lab#capture Inside:GigabitEthernet0/0 in.pcapng keys in-keys
lab#capture Outside:GigabitEthernet1 out.pcapng
lab#wait Inside "Interface Tunnel0, changed state to up" within 60s
matched after <<_>> s
Inside#ping 172.16.0.1
...
Success rate is 100 percent (5/5), <<_:line>>
T
"$inspire" test t.txt >log.nat 2>&1 || { cat log.nat; exit 1; }
run 0 "both sides of a translator" in.pcapng out.pcapng
cp "$dir/out" "$dir/natt.txt"
golden natt.txt "$dir/natt.txt"

# ---- two clocks that disagree ----
if command -v editcap >/dev/null; then
	editcap -t 7.5 two.pcapng late.pcapng
	run 0 "the second clock 7.5 s ahead" --keys one-keys --log log one.pcapng late.pcapng
	says "The second capture's clock was set 7.500 s back."
	grep -v 'clock was set' "$dir/out" | sed 's/late.pcapng/two.pcapng/' | sed -n '/Router1 /,$p' >"$dir/late.txt"
	sed -n '/Router1 /,$p' "$dir/both.txt" >"$dir/want.txt"
	diff "$dir/want.txt" "$dir/late.txt" >"$dir/out" || fail "a clock set right is not the same ladder"
fi

# ---- bad input ----
size=$(stat -c %s one.pcapng)
for cut in 3 40 $((size / 3)) $((size / 2)) $((size - 1)); do
	head -c "$cut" one.pcapng >cut.pcapng
	case $cut in
	3 | 40) run 2 "cut at $cut" cut.pcapng ;;
	*) run 1 "cut at $cut" cut.pcapng ;;
	esac
	says "inspire ladder: cut.pcapng: "
	[ "$cut" -lt 100 ] || says "The capture breaks off"
done
run 2 "no capture" lab.yml
run 2 "no such file" nowhere.pcapng
run 2 "a folder" .
: >empty
run 2 "an empty file" empty
run 2 "none"
run 2 "three" one.pcapng two.pcapng one.pcapng
run 2 "no keys there" --keys nowhere one.pcapng
run 2 "a log without lines" --log lab.yml one.pcapng
run 2 "a bad name" --name Router1 one.pcapng
run 2 "a bad number" --rows 0 one.pcapng
run 2 "cannot be written" -o /nowhere/at/all.html one.pcapng
run 2 "an option that is none" --colour one.pcapng
run 0 "few rows" --rows 3 one.pcapng
says "more rows are not drawn"
run 0 "help" --help
says "usage: inspire ladder"

echo "$n runs, $bad bad"
[ $bad = 0 ] || exit 1
[ -z "$unseen" ] || { echo "$unseen"; exit 77; }
