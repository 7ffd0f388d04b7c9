# SPDX-License-Identifier: Apache-2.0
"""LinePlot: lines over one x axis, as SVG text."""
import math
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 44, 56
# Told apart by people who do not see all colours, too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")


@dataclass
class LinePlot:
    title: str
    x_label: str
    y_label: str
    ticks: dict = None  # x: its label; by default every x there is
    log_x: bool = False
    log_y: bool = False
    lines: dict = field(default_factory=dict)  # name: [(x, y)]

    def add(self, name, points):
        points = [(x, y) for x, y in points if y is not None and (y > 0 or not self.log_y)]
        if points:
            self.lines[name] = points

    def svg(self):
        xs = sorted({x for points in self.lines.values() for x, _ in points})
        ys = [y for points in self.lines.values() for _, y in points]
        self._x_range = self._range(xs, self.log_x, floor=None)
        self._y_range = self._range(ys, self.log_y, floor=0)
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                 'font-family="sans-serif" font-size="12">',
                 f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
                 _text(LEFT, 24, self.title, size=15)]
        parts += self._axes(xs)
        for number, (name, points) in enumerate(self.lines.items()):
            parts += self._line(number, name, points)
        return "\n".join(parts + ["</svg>\n"])

    @staticmethod
    def _range(values, log, floor):
        low, high = min(values), max(values)
        if log:
            low, high = math.log10(low), math.log10(high)
        elif floor is not None:
            low, high = min(floor, low), high * 1.05
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def _x(self, x):
        low, high = self._x_range
        value = math.log10(x) if self.log_x else x
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def _y(self, y):
        low, high = self._y_range
        value = math.log10(y) if self.log_y else y
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def _axes(self, xs):
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333"/>'
        for x, label in (self.ticks or {x: f"{x:,}" for x in xs}).items():
            yield _text(self._x(x), bottom + 18, label, anchor="middle")
        for y in self._y_ticks():
            at = self._y(y)
            yield f'<path d="M{LEFT} {at:.1f}H{right}" stroke="#ddd"/>'
            yield _text(LEFT - 6, at + 4, f"{y:,g}", anchor="end")
        yield _text((LEFT + right) / 2, HEIGHT - 14, self.x_label, anchor="middle")
        yield (f'<g transform="translate(18 {(TOP + bottom) / 2}) rotate(-90)">'
               + _text(0, 0, self.y_label, anchor="middle") + "</g>")

    def _y_ticks(self):
        low, high = self._y_range
        if self.log_y:
            steps = [m * 10.0 ** e for e in range(math.floor(low), math.ceil(high) + 1)
                     for m in (1, 2, 5)]
            return [y for y in steps if low <= math.log10(y) <= high]
        step = 10.0 ** math.floor(math.log10((high - low) / 2))
        while (high - low) / step > 6:
            step *= 2
        return [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]

    def _line(self, number, name, points):
        colour = COLOURS[number % len(COLOURS)]
        places = [(self._x(x), self._y(y)) for x, y in sorted(points)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        at = TOP + 10 + 20 * number
        yield (f'<path d="M{WIDTH - RIGHT + 16} {at}h18" stroke="{colour}" stroke-width="3"/>'
               + _text(WIDTH - RIGHT + 40, at + 4, name))


def _text(x, y, text, anchor="start", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
            f"{escape(str(text))}</text>")
