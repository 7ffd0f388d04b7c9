// SPDX-License-Identifier: Apache-2.0
//
// The way of an arrow between two circles: to the right in a gentle curve, and back in a bow below
// or above, so that there and back do not lie on each other.

// a and b: {x, y, r}. {way, middle: where words stand, tip: {x, y, angle}, room: how
// wide they may be}.
export function arrow(a, b) {
  if (a.x === b.x && a.y === b.y) return loop(a);
  const dx = b.x - a.x,
    dy = b.y - a.y,
    far = Math.hypot(dx, dy) || 1;
  const bow = dx > 0 ? Math.min(20, far * 0.06) : Math.min(56, 16 + far * 0.12);
  const nx = -dy / far,
    ny = dx / far;
  const bend = { x: (a.x + b.x) / 2 + nx * bow * 2, y: (a.y + b.y) / 2 + ny * bow * 2 };
  const from = edge_of(a, bend),
    to = edge_of(b, bend, 7);
  const tip = edge_of(b, bend, 1);
  const middle = { x: from.x / 4 + bend.x / 2 + to.x / 4, y: from.y / 4 + bend.y / 2 + to.y / 4 };
  return {
    way: `M${n(from.x)} ${n(from.y)}Q${n(bend.x)} ${n(bend.y)} ${n(to.x)} ${n(to.y)}`,
    middle: { x: middle.x, y: middle.y - 7 },
    room: Math.hypot(to.x - from.x, to.y - from.y),
    tip: { ...tip, angle: (Math.atan2(b.y - bend.y, b.x - bend.x) * 180) / Math.PI },
  };
}

// From a circle to itself: a loop above it.
function loop({ x, y, r }) {
  const top = y - r - 2,
    wide = 28,
    high = 40;
  return {
    way: [
      `M${n(x - 6)} ${n(top)}C${n(x - wide)} ${n(top - high)}`,
      `${n(x + wide)} ${n(top - high)} ${n(x + 6)} ${n(top - 5)}`,
    ].join(' '),
    middle: { x, y: top - high * 0.75 - 7 },
    room: 150,
    tip: { x: x + 5, y: top, angle: 110 },
  };
}

function edge_of(circle, towards, gap = 2) {
  const dx = towards.x - circle.x,
    dy = towards.y - circle.y,
    far = Math.hypot(dx, dy) || 1;
  const r = circle.r + gap;
  return { x: circle.x + (dx / far) * r, y: circle.y + (dy / far) * r };
}

const n = (value) => value.toFixed(1);
