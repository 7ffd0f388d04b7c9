// SPDX-License-Identifier: Apache-2.0
//
// What the canvases share: one frame per change at most, sharp lines on any screen, an axis of
// time, and texts cut to a width without measuring each of them.
import { axis_time, duration } from '../format.js';
import { sans, token } from '../theme.js';

// draw(context, width, height) in CSS pixels, once a frame at most. {dirty(), stop()}.
export function frames(canvas, box, draw) {
  const context = canvas.getContext('2d', { alpha: false });
  let wanted = 0;
  const frame = (now) => {
    wanted = 0;
    if (!box.isConnected) return;
    const width = box.clientWidth,
      height = box.clientHeight,
      ratio = devicePixelRatio || 1;
    const w = Math.round(width * ratio),
      h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.height = `${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = token('bg');
    context.fillRect(0, 0, width, height);
    if (draw(context, width, height, now)) dirty();
  };
  const dirty = () => {
    if (!wanted) wanted = requestAnimationFrame(frame);
  };
  const resize = new ResizeObserver(dirty);
  resize.observe(box);
  dirty();
  return {
    dirty,
    stop() {
      cancelAnimationFrame(wanted);
      resize.disconnect();
    },
  };
}

const hatches = new Map(); // color → pattern

function hatch_of(context, color) {
  let hatch = hatches.get(color);
  if (!hatch) {
    const tile = new OffscreenCanvas(8, 8),
      pen = tile.getContext('2d');
    pen.strokeStyle = color;
    pen.lineWidth = 3;
    for (const x of [-8, 0, 8]) {
      pen.moveTo(x - 2, 10);
      pen.lineTo(x + 10, -2);
    }
    pen.stroke();
    hatches.set(color, (hatch = context.createPattern(tile, 'repeat')));
  }
  return hatch;
}

// Fills the path as that of an open span: hatched, and breathing where `now` is a time.
export function fill_open(context, color, now) {
  const before = context.globalAlpha;
  context.fillStyle = color;
  context.globalAlpha = before * (now ? 0.2 + 0.12 * Math.sin(now / 400) : 0.25);
  context.fill();
  context.globalAlpha = before * (now ? 0.78 + 0.22 * Math.sin(now / 400) : 1);
  context.fillStyle = hatch_of(context, color);
  context.fill();
  context.globalAlpha = before;
}

const widths = new Map(); // font → characters → width
const WIDTHS_MAX = 20_000;

function width_of(context, text) {
  let of_font = widths.get(context.font);
  if (!of_font) widths.set(context.font, (of_font = new Map()));
  let width = of_font.get(text);
  if (width === undefined) {
    if (of_font.size > WIDTHS_MAX) of_font.clear();
    of_font.set(text, (width = context.measureText(text).width));
  }
  return width;
}

const TEXT_MAX = 200;

// The text, or as much of it as the width takes; '' where not even three letters fit.
export function fitted(context, text, width) {
  const shown = text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text;
  const whole = width_of(context, shown);
  if (whole <= width) return shown;
  const letters = Math.floor((width / whole) * shown.length) - 1;
  return letters < 3 ? '' : `${shown.slice(0, letters)}…`;
}

const STEPS = [1, 2, 5];

export function ticks(from, to, count) {
  const raw = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = (STEPS.find((one) => one * power >= raw) ?? 10) * power;
  const all = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) all.push(at);
  return all;
}

// Times above, from x = left on, and a thin line down from each.
export function draw_axis(context, { view, left, width, height, top }) {
  const scale = (width - left) / (view.to - view.from);
  context.font = sans(12);
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const tick of ticks(view.from - view.first, view.to - view.first, (width - left) / 120)) {
    const x = Math.round(left + (tick + view.first - view.from) * scale) + 0.5;
    context.fillStyle = token('line');
    context.fillRect(x - 0.5, 0, 1, height);
    context.fillStyle = token('faint');
    if (x + 48 < width) context.fillText(axis_time(tick), x + 4, top / 2);
  }
}

// The cursor of all views, and what time it is there.
export function draw_cursor(context, { view, left, width, height, top }) {
  if (view.cursor === null) return;
  const x = Math.round(left + ((view.cursor - view.from) / (view.to - view.from)) * (width - left));
  if (x < left || x > width) return;
  context.fillStyle = token('faint');
  context.fillRect(x, 0, 1, height);
  context.font = sans(12, 500);
  const words = duration(view.cursor - view.first);
  const wide = context.measureText(words).width + 12;
  const at = Math.min(Math.max(x - wide / 2, left), width - wide);
  context.fillStyle = token('text');
  context.beginPath();
  context.roundRect(at, 3, wide, top - 6, 4);
  context.fill();
  context.fillStyle = token('bg');
  context.textAlign = 'center';
  context.fillText(words, at + wide / 2, top / 2 + 0.5);
  context.textAlign = 'left';
}
