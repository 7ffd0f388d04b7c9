// SPDX-License-Identifier: Apache-2.0
//
// A chart of dollars over time on a canvas: a line or bars, perhaps a budget line. The cursor
// reads the nearest point, in words above it, and the arrow keys move it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { money } from '../format.js';
import { frames, ticks } from '../run/canvas.js';
import { sans, token, useTheme } from '../theme.js';

const LEFT = 64,
  RIGHT = 8,
  TOP = 8,
  BOTTOM = 24;
const GRID_LINES = 6;
const DAY_S = 86_400;
const STEPS_S = [
  1e-6,
  1e-5,
  1e-4,
  1e-3,
  0.01,
  0.1,
  1,
  5,
  15,
  60,
  300,
  900,
  3600,
  3 * 3600,
  6 * 3600,
  12 * 3600,
  DAY_S,
  7 * DAY_S,
  30 * DAY_S,
];

function time_ticks(from, to, room) {
  const step = STEPS_S.find((one) => (to - from) / one <= room) ?? 365 * DAY_S;
  const zone = step >= DAY_S ? 0 : new Date(from * 1e3).getTimezoneOffset() * 60;
  const all = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) all.push(at);
  return { all, step };
}

function time_label(at, step) {
  const when = new Date(at * 1e3);
  if (step >= DAY_S)
    return when.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  if (step < 1) return `${(at % 60).toFixed(Math.min(6, Math.round(-Math.log10(step))))} s`;
  const second = step < 60 ? '2-digit' : undefined;
  return when.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second });
}

// Where points lie: x and y in pixels of a canvas of this size.
function scales({ points, sums, kind, budget }, width, height) {
  const pad = kind === 'bars' ? DAY_S * 0.6 : 0;
  const from = points[0][0] - pad,
    to = Math.max(points.at(-1)[0] + pad, from + 1e-6);
  const most = Math.max(...(sums ?? points).map(([, usd]) => usd), budget ?? 0, 1e-9) * 1.08;
  return {
    from,
    to,
    most,
    x: (at) => LEFT + ((at - from) / (to - from)) * (width - LEFT - RIGHT),
    y: (usd) => height - BOTTOM - (usd / most) * (height - TOP - BOTTOM),
  };
}

function draw_chart(context, width, height, scene) {
  const scale = scales(scene, width, height);
  context.font = sans(12);
  context.textBaseline = 'middle';
  draw_axes(context, scale, width, height);
  if (scene.kind === 'bars') draw_bars(context, scale, width, scene);
  else draw_line(context, scale, height, scene.points);
  if (scene.sums) draw_sums(context, scale, scene.sums);
  if (scene.budget) draw_budget(context, scale, width, scene.budget);
  if (scene.at >= 0 && scene.kind !== 'bars') {
    const [at, usd] = scene.points[scene.at];
    context.fillStyle = token('line-strong');
    context.fillRect(Math.round(scale.x(at)), TOP, 1, height - TOP - BOTTOM);
    context.fillStyle = token('c1');
    context.beginPath();
    context.arc(scale.x(at), scale.y(usd), 4, 0, 7);
    context.fill();
  }
}

function draw_axes(context, scale, width, height) {
  context.textAlign = 'right';
  for (const usd of ticks(0, scale.most, GRID_LINES)) {
    const y = Math.round(scale.y(usd));
    context.fillStyle = token('line');
    context.fillRect(LEFT, y, width - LEFT - RIGHT, 1);
    context.fillStyle = token('faint');
    context.fillText(money(usd), LEFT - 8, y);
  }
  const { all, step } = time_ticks(scale.from, scale.to, (width - LEFT) / 80);
  context.textAlign = 'center';
  for (const at of all) {
    const x = scale.x(at);
    if (x < LEFT + 16 || x > width - 20) continue;
    context.fillText(time_label(at, step), x, height - BOTTOM / 2 + 2);
  }
}

function line_of(scale, points) {
  const line = new Path2D();
  points.forEach(([at, usd], i) => line[i ? 'lineTo' : 'moveTo'](scale.x(at), scale.y(usd)));
  return line;
}

function draw_sums(context, scale, sums) {
  context.strokeStyle = token('faint');
  context.lineWidth = 1.5;
  context.stroke(line_of(scale, sums));
}

function draw_line(context, scale, height, points) {
  const line = line_of(scale, points);
  const area = new Path2D(line);
  area.lineTo(scale.x(points.at(-1)[0]), height - BOTTOM);
  area.lineTo(scale.x(points[0][0]), height - BOTTOM);
  context.fillStyle = token('c1');
  context.globalAlpha = 0.12;
  context.fill(area);
  context.globalAlpha = 1;
  context.strokeStyle = token('c1');
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.stroke(line);
}

function draw_bars(context, scale, width, { points, at }) {
  const wide = Math.max(2, Math.min(48, ((width - LEFT) * DAY_S * 0.6) / (scale.to - scale.from)));
  points.forEach(([when, usd], i) => {
    const y = scale.y(usd);
    context.fillStyle = token('c1');
    context.globalAlpha = at >= 0 && at !== i ? 0.5 : 1;
    context.beginPath();
    context.roundRect(scale.x(when) - wide / 2, y, wide, scale.y(0) - y, [3, 3, 0, 0]);
    context.fill();
  });
  context.globalAlpha = 1;
}

function draw_budget(context, scale, width, budget) {
  const y = Math.round(scale.y(budget)) + 0.5;
  context.strokeStyle = context.fillStyle = token('amber');
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(LEFT, y);
  context.lineTo(width - RIGHT, y);
  context.stroke();
  context.setLineDash([]);
  context.textAlign = 'right';
  context.fillText(`budget ${money(budget)}`, width - RIGHT - 4, y - 8);
}

// points: [[seconds since 1970, dollars]], sorted, and perhaps their sums as a line of its own;
// read(point, index): the words for the cursor.
export function Chart({
  points,
  sums = null,
  kind = 'line',
  budget = null,
  read,
  height = 200,
  label,
}) {
  const box = useRef(null),
    canvas = useRef(null),
    drawn = useRef(null);
  const [at, set_at] = useState(-1);
  const theme = useTheme();
  const key = JSON.stringify(points);
  const scene = useRef({});
  Object.assign(
    scene.current,
    useMemo(() => ({ points, sums, kind, budget }), [key, kind, budget]),
    { at },
  );
  useEffect(() => {
    drawn.current = frames(canvas.current, box.current, (context, width, h) =>
      draw_chart(context, width, h, scene.current),
    );
    return () => drawn.current.stop();
  }, []);
  useEffect(() => drawn.current.dirty(), [key, kind, budget, at, theme]);
  const point = (event) => {
    const from = box.current.getBoundingClientRect();
    const scale = scales(scene.current, from.width, from.height);
    const far = points.map(([when]) => Math.abs(scale.x(when) - (event.clientX - from.left)));
    set_at(far.indexOf(Math.min(...far)));
  };
  const step = (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    set_at(Math.max(0, Math.min(points.length - 1, at + (event.key === 'ArrowRight' ? 1 : -1))));
  };
  return (
    <div class="chart" role="img" aria-label={label} tabIndex={0} onKeyDown={step}>
      <div class="reading_of" aria-live="polite">
        {at >= 0 && points[at] ? read(points[at], at) : ''}
      </div>
      <div
        ref={box}
        style={{ height: `${height}px` }}
        onPointerMove={point}
        onPointerLeave={() => set_at(-1)}
      >
        <canvas ref={canvas} />
      </div>
    </div>
  );
}
