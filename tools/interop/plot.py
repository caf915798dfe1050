"""A plot as SVG: lines over packet sizes, both axes logarithmic, with a table of what is drawn in its <desc>."""
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 50, 60
COLOURS = ("#1b6ca8", "#c0392b", "#7f8c8d", "#27865a")


def _words(value):
    return f"{value:g}" if value >= 1 else f"{value:.3f}".rstrip("0")


class _Axes:
    def __init__(self, sizes, values):
        self.sizes = sizes
        self.low = floor(log10(min(values)))
        self.high = floor(log10(max(values))) + 1

    def x(self, size):
        first, last = log10(self.sizes[0]), log10(self.sizes[-1])
        return LEFT + (log10(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - (log10(value) - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _grid(a):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for power in range(a.low, a.high + 1):
        y = a.y(10 ** power)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#bbb"/>'
        yield _text(LEFT - 8, y + 4, _words(10 ** power), "end")
        for k in range(2, 10) if power < a.high else ():
            yield f'<path d="M{LEFT} {a.y(k * 10 ** power):.1f}H{right}" stroke="#eee"/>'
    for size in a.sizes:
        yield f'<path d="M{a.x(size):.1f} {TOP}V{bottom}" stroke="#eee"/>'
        yield _text(a.x(size), bottom + 18, str(size))


def _line(a, name, colour, points):
    path = "L".join(f"{a.x(size):.1f} {a.y(value):.1f}" for size, value in points)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for size, value in points:
        yield f'<circle cx="{a.x(size):.1f}" cy="{a.y(value):.1f}" r="3" fill="{colour}"/>'
    size, value = points[-1]
    yield _text(a.x(size) + 10, a.y(value) + 4, name, "start", f' fill="{colour}"')


def plot(title, unit, lines):
    """lines: (name, {size: value}) each; the text of an SVG."""
    sizes = sorted({size for _, points in lines for size in points})
    a = _Axes(sizes, [value for _, points in lines for value in points.values()])
    told = "; ".join(f"{name}: " + ", ".join(f"{size} B {value:.3g}" for size, value in sorted(points.items())) for name, points in lines)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f"<title>{escape(title)}</title>", f"<desc>{escape(unit)}. {escape(told)}</desc>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *_grid(a)]
    for (name, points), colour in zip(lines, COLOURS):
        out += _line(a, name, colour, sorted(points.items()))
    middle = (LEFT + WIDTH - RIGHT) / 2
    out += [_text(middle, 28, title, more=' font-size="15"'), _text(middle, HEIGHT - 16, "bytes of the IP packet within the tunnel"),
            _text(0, 0, unit, more=f' transform="translate(20 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)"'), "</svg>", ""]
    return "\n".join(out)
