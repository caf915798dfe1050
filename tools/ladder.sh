#!/bin/bash
# tools/ladder.sh INSPIRE: ladders looked at in a browser without a window: as many rungs and red ones as the text has, arrows
# that begin and end at their parties' lines, rows that do not overlap, nothing wider than its window, light and dark, keys that
# walk; and in the picture red where the red rungs are, and nowhere else.
set -eu
inspire=$(realpath "$1")
cd "$(dirname "$0")/.."
top=$PWD
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "chromium is not installed"; exit 77; }
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
cp -r examples "$d/"

chrome() {
	local root=()
	[ "$(id -u)" != 0 ] || root=(--no-sandbox)
	HOME=$d timeout 60 "$browser" --headless "${root[@]}" --disable-gpu --hide-scrollbars --user-data-dir="$d/profile" "$@" 2>"$d/err"
}

cd "$d/examples/invalid-spi"
cp "$top/testsuite/ladder/clearing.txt" t.txt
"$inspire" test --show t.txt >log 2>&1 || { cat log; exit 1; }
"$inspire" ladder --log log one.pcapng two.pcapng -o two.html
"$inspire" ladder --log log one.pcapng two.pcapng -o two.svg
"$inspire" ladder --log log one.pcapng two.pcapng >two.txt
cd ../dmvpn
cat >t.txt <<'T'
---
topology: lab.yml
---
lab#capture Internet:port1 one.pcapng keys one-keys
lab#wait 5s
Spoke1#ping 192.168.2.10 source GigabitEthernet0/1
...
Success rate is <<_:line>>
lab#wait 2s
T
"$inspire" test t.txt >log 2>&1 || { cat log; exit 1; }
"$inspire" ladder one.pcapng -o ../invalid-spi/many.html
cd ../invalid-spi

# The page's own policy lets no script in but its own: a copy without it measures itself, and writes what it found into the page.
cat >measure.js <<'J'
window.addEventListener('load', () => {
	const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top + scrollY, r.right, r.bottom + scrollY].map(Math.round); };
	const key = k => document.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true }));
	const at = () => [...document.querySelectorAll('ol>li')].indexOf(document.activeElement.closest('li'));
	const rows = [...document.querySelectorAll('ol>li')].map(e => ({ c: e.className, box: box(e), arrow: box(e.querySelector('.arrow')),
		rung: box(e.querySelector('.rung')), says: e.querySelector('summary').getAttribute('aria-label'), label: e.querySelector('.label').textContent }));
	const out = { rows, own: document.documentElement.dataset.rows, width: document.documentElement.scrollWidth, window: innerWidth,
		alert: [...document.querySelectorAll('.alert')].map(box), lanes: [...document.querySelectorAll('.lanes')].map(box),
		stray: document.querySelectorAll('svg .stray').length, bg: getComputedStyle(document.body).backgroundColor, keys: [] };
	for (const k of ['j', 'j', 'ArrowDown', 'k', 'n', 'Home', 'End', 'p']) { key(k); out.keys.push(at()); }
	document.activeElement.blur();
	key('e');
	out.open = document.querySelectorAll('li>details[open]').length;
	key('e');
	out.shut = document.querySelectorAll('li>details[open]').length;
	scrollTo(0, 0);
	document.documentElement.dataset.measured = JSON.stringify(out);
});
J
for p in two many; do
	sed -e 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' -e '/<\/body>/{
		s/.*/<script>/
		r measure.js
		a </script></body>
	}' "$p.html" >"$p-measured.html"
	for width in 1100 360; do
		chrome --window-size=$width,1000 --dump-dom "file://$PWD/$p-measured.html" >"$p-$width.dom"
	done
done
chrome --window-size=1100,1000 --force-dark-mode --dump-dom "file://$PWD/two-measured.html" >two-dark.dom
chrome --window-size=1100,1900 --screenshot="$PWD/two.png" "file://$PWD/two.html" >/dev/null
chrome --window-size=960,900 --screenshot="$PWD/svg.png" "file://$PWD/two.svg" >/dev/null
chrome --print-to-pdf="$PWD/two.pdf" "file://$PWD/two.html" >/dev/null

cat >judge.py <<'P'
import html, json, re, struct, sys, zlib

def measured(name):
    m = re.search(r'data-measured="([^"]*)"', open(name, encoding="utf-8").read())
    assert m, name + ": the script did not run"
    return json.loads(html.unescape(m.group(1)))

def png(name):
    b, at, data = open(name, "rb").read(), 8, b""
    while at < len(b):
        n, kind = struct.unpack(">I4s", b[at:at + 8])
        if kind == b"IHDR":
            w, h, depth, colour = struct.unpack(">IIBB", b[at + 8:at + 18])
        elif kind == b"IDAT":
            data += b[at + 8:at + 8 + n]
        at += n + 12
    assert depth == 8 and colour in (2, 6)
    bpp, raw, rows, prev = 3 if colour == 2 else 4, zlib.decompress(data), [], bytearray(w * 4)
    for y in range(h):
        line = bytearray(raw[y * (w * bpp + 1) + 1:(y + 1) * (w * bpp + 1)])
        kind = raw[y * (w * bpp + 1)]
        for x in range(len(line)):
            a, u, c = (line[x - bpp] if x >= bpp else 0), prev[x], (prev[x - bpp] if x >= bpp else 0)
            if kind == 1: line[x] = (line[x] + a) & 255
            elif kind == 2: line[x] = (line[x] + u) & 255
            elif kind == 3: line[x] = (line[x] + (a + u) // 2) & 255
            elif kind == 4:
                p = a + u - c
                pa, pb, pc = abs(p - a), abs(p - u), abs(p - c)
                line[x] = (line[x] + (a if pa <= pb and pa <= pc else u if pb <= pc else c)) & 255
        rows.append(line)
        prev = line
    return w, h, bpp, rows

def red_lines(name):
    w, h, bpp, rows = png(name)
    return w, h, [y for y, r in enumerate(rows) if sum(r[x] > 150 and r[x + 1] < 90 and r[x + 2] < 90 for x in range(0, len(r), bpp)) > 3]

text = open("two.txt", encoding="utf-8").read()
rungs = len(re.findall(r"^\d\d:\d\d:\d\d\.\d{3}", text, re.M))
reds = len(re.findall(r"^\d\d:\d\d:\d\d\.\d{3}!", text, re.M))
assert rungs > 10 and reds == 1, (rungs, reds)

for name in ("two-1100", "two-360", "many-1100", "many-360"):
    m = measured(name + ".dom")
    rows = m["rows"]
    assert int(m["own"]) == len(rows), name + ": the page's own script did not run"
    if name.startswith("two"):
        assert len(rows) == rungs and sum("bad" in r["c"].split() for r in rows) == reds, name
        assert m["stray"] == 1, name
        b = [i for i, r in enumerate(rows) if "bad" in r["c"].split()][0]
        assert m["keys"] == [0, 1, 2, 1, b, 0, len(rows) - 1, b if b < len(rows) - 1 else len(rows) - 1], (name, m["keys"])
    assert m["open"] == len(rows) and m["shut"] == 0, name
    assert m["width"] <= m["window"], (name, m["width"])
    for r, s in zip(rows, rows[1:]):
        assert r["box"][3] <= s["box"][1] + 1, (name, "rows overlap", r, s)
    for r in rows:
        assert r["says"] and r["label"], (name, r)
        assert "bad" not in r["c"].split() or "INVALID SPI" in r["label"], (name, r)
        if "loop" in r["c"].split():
            continue
        lo, hi = r["rung"][0], r["rung"][2]
        if name.startswith("two"):
            assert abs(r["arrow"][0] - lo) <= 2 and abs(r["arrow"][2] - hi) <= 2, (name, r)
        else:
            assert lo - 2 <= r["arrow"][0] < r["arrow"][2] <= hi + 2, (name, r)
assert len({r["arrow"][0] for r in measured("many-1100.dom")["rows"]}) > 1, "three parties, and one line"

dark = measured("two-dark.dom")["bg"]
assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150, dark

m = measured("two-1100.dom")
w, h, lines = red_lines("two.png")
assert (w, h) == (1100, 1900), (w, h)
places = m["alert"] + m["lanes"] + [r["box"] for r in m["rows"] if "bad" in r["c"].split()]
assert lines and all(any(p[1] - 1 <= y <= p[3] + 1 for p in places) for y in lines), "red where no red belongs"
for p in places:
    assert any(p[1] <= y <= p[3] for y in lines), ("no red at", p)
w, h, lines = red_lines("svg.png")
assert (w, h) == (960, 900) and lines, "the picture"
assert open("two.pdf", "rb").read(5) == b"%PDF-"
print(rungs, "rungs,", reds, "red, two widths, light, dark and on paper")
P
python3 judge.py
