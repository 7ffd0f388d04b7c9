// SPDX-License-Identifier: Apache-2.0
//
// Draws the boxes of a flamegraph that are in sight, and finds the one under the pointer. Boxes
// thinner than half a pixel are one stroke together: no frame draws more of them than pixels.
import { count, duration, money } from '../format.js';
import { sans, token } from '../theme.js';
import { draw_axis, draw_cursor, fill_open, fitted, ticks } from './canvas.js';
import { first_behind } from './flame_layout.js';

export const BOX = 20;
export const AXIS = 28;

export function say_weight(unit, weight) {
  if (unit === 'time') return duration(weight);
  return unit === 'cost' ? money(weight) : `${count(Math.round(weight))} tokens`;
}

// scene: {layout, view, top, selected, matches (Set or null), hovered (box), is_time, up}.
// `up` turns the picture: the first row is at the bottom.
export function draw_flame(context, width, height, now, scene) {
  const { layout, view, top } = scene;
  scene.now = now;
  const scale = width / (view.to - view.from);
  context.textBaseline = 'middle';
  if (scene.is_time) draw_axis(context, { view, left: 0, width, height, top: AXIS });
  else draw_weights(context, scene, width, height);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, height - AXIS);
  context.clip();
  context.font = sans(12);
  const first = Math.max(0, Math.floor(top / BOX));
  const last = Math.min(layout.rows, Math.ceil((top + height - AXIS) / BOX));
  for (let r = first; r < last; ++r) draw_boxes({ context, width, height, scale, scene, r });
  context.restore();
  if (scene.is_time) draw_cursor(context, { view, left: 0, width, height, top: AXIS });
  return layout.tree.open_spans > 0 && layout.tree.is_running && scene.is_time && now > 0;
}

function draw_weights(context, { view, layout }, width, height) {
  context.font = sans(12);
  for (const at of ticks(view.from, view.to, width / 140)) {
    const x = ((at - view.from) / (view.to - view.from)) * width;
    context.fillStyle = token('line');
    context.fillRect(Math.round(x), 0, 1, height);
    context.fillStyle = token('faint');
    if (x + 60 < width) context.fillText(say_weight(layout.unit, at), x + 4, AXIS / 2);
  }
}

export function y_of(scene, height, row) {
  const y = row * BOX - scene.top;
  return scene.up ? height - BOX - y : AXIS + 4 + y;
}

function draw_boxes({ context, width, height, scale, scene, r }) {
  const { layout, view } = scene;
  const end = layout.first_of_row[r + 1],
    y = y_of(scene, height, r);
  const half = 0.5 / scale;
  let i = first_behind(layout.to, layout.first_of_row[r], end, view.from);
  while (i < end && layout.from[i] < view.to) {
    const x = Math.max(-1, (layout.from[i] - view.from) * scale);
    const to = Math.min(width + 1, (layout.to[i] - view.from) * scale);
    if (to - x >= 1) {
      draw_box(context, scene, { i, x, y, wide: to - x });
      ++i;
    } else {
      context.globalAlpha = 0.75;
      context.fillStyle = layout.failed(i) ? token('red') : token(`c${layout.color[i]}`);
      context.fillRect(x, y, 1, BOX - 1);
      context.globalAlpha = 1;
      i = first_behind(layout.to, i + 1, end, Math.max(layout.to[i], view.from + x / scale) + half);
    }
  }
}

function draw_box(context, scene, { i, x, y, wide }) {
  const { layout, selected, matches, hovered, is_time, now } = scene;
  const span = layout.span[i];
  const is_dim = matches && !matches.has(span);
  context.globalAlpha = is_dim ? 0.22 : 0.9;
  context.fillStyle = layout.failed(i) ? token('red') : token(`c${layout.color[i]}`);
  if (i === hovered) context.globalAlpha = 1;
  const is_open = is_time && layout.tree.columns.open[span] === 1;
  if (is_open) {
    context.beginPath();
    context.rect(x, y, Math.max(1, wide - 1), BOX - 1);
    fill_open(context, context.fillStyle, layout.tree.is_running ? now : 0);
  } else context.fillRect(x, y, Math.max(1, wide - 1), BOX - 1);
  context.globalAlpha = 1;
  if (span === selected) {
    context.strokeStyle = token('text');
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, Math.max(1, wide - 3), BOX - 3);
  }
  if (wide < 28) return;
  const many = layout.count(i) > 1 ? ` × ${count(layout.count(i))}` : '';
  const label = fitted(context, layout.label(i) + many, wide - 12);
  context.fillStyle = is_dim || is_open ? token('text') : token('on-color');
  if (label) context.fillText(label, Math.max(x, 0) + 5, y + BOX / 2);
}

// The box at a place of the canvas, or -1.
export function box_at(scene, { x, y, width, height }) {
  const { layout, view, top } = scene;
  const row = Math.floor(((scene.up ? height - y : y - AXIS - 4) + top) / BOX);
  if (row < 0 || row >= layout.rows || y < AXIS) return -1;
  const at = view.from + (x / width) * (view.to - view.from);
  const end = layout.first_of_row[row + 1];
  const i = first_behind(layout.to, layout.first_of_row[row], end, at);
  const slack = 1.5 * ((view.to - view.from) / width);
  return i < end && layout.from[i] <= at + slack ? i : -1;
}
