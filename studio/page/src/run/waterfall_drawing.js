// SPDX-License-Identifier: Apache-2.0
//
// Draws the rows of a waterfall that are in sight: names at the left, indented by parent, and bars
// of time at the right. Costs what is in sight, whatever the run has.
import { counted, duration, money } from '../format.js';
import { sans, token } from '../theme.js';
import { draw_axis, draw_cursor, fill_open, fitted } from './canvas.js';
import { ORPHANS } from './tree.js';

export const ROW = 24;
export const AXIS = 28;
export const OVERVIEW = 40;
export const TOP = AXIS + OVERVIEW;
const INDENT = 12;
const INDENT_MAX = 18; // levels; what is deeper is told by its number

export const gutter_of = (width) => Math.round(Math.min(440, Math.max(152, width * 0.3)));

// scene: {tree, view, rows, top (scrolled, px), selected, matches (Set), folded, hovered (row),
// busy}. Gives whether something moves by itself.
export function draw_waterfall(context, width, height, now, scene) {
  const left = gutter_of(width);
  const frame = { context, width, height, left, now, ...scene };
  frame.scale = (width - left) / (scene.view.to - scene.view.from);
  const axis = { view: scene.view, left, width, height, top: AXIS };
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height);
  context.clip();
  draw_axis(context, axis);
  context.restore();
  const first = Math.max(0, Math.floor(scene.top / ROW));
  const last = Math.min(scene.rows.length, Math.ceil((scene.top + height - TOP) / ROW));
  let breathes = false;
  context.save();
  context.beginPath();
  context.rect(0, TOP, width, height - TOP);
  context.clip();
  for (let r = first; r < last; ++r) breathes = draw_row(frame, r) || breathes;
  context.restore();
  draw_overview(frame);
  context.fillStyle = token('line');
  context.fillRect(0, TOP - 1, width, 1);
  context.fillRect(left, 0, 1, height);
  draw_head(frame);
  draw_cursor(context, axis);
  return breathes;
}

function draw_head({ context, left, rows }) {
  context.fillStyle = token('bg');
  context.fillRect(0, 0, left, TOP - 1);
  context.font = sans(12, 500);
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = token('faint');
  context.fillText(fitted(context, counted(rows.length, 'row'), left - 40), 24, AXIS / 2);
}

// How many run at once, over all of the time; what is in sight stands out.
function draw_overview({ context, left, width, view, busy }) {
  const all = width - left,
    most = busy.reduce((a, b) => Math.max(a, b), 1);
  context.fillStyle = token('panel');
  context.fillRect(left, AXIS, all, OVERVIEW - 1);
  context.fillStyle = token('c0');
  context.globalAlpha = 0.7;
  const step = all / busy.length;
  for (let i = 0; i < busy.length; ++i) {
    const high = busy[i] > 0 ? Math.max(1, (busy[i] / most) * (OVERVIEW - 12)) : 0;
    const x = Math.round(left + i * step);
    context.fillRect(x, TOP - 4 - high, Math.max(1, Math.round(left + (i + 1) * step) - x), high);
  }
  context.globalAlpha = 1;
  if (view.is_whole()) return;
  const scale = all / (view.last - view.first);
  const from = left + (view.from - view.first) * scale;
  const to = Math.max(from + 2, left + (view.to - view.first) * scale);
  context.fillStyle = token('bg');
  context.globalAlpha = 0.7;
  context.fillRect(left, AXIS, from - left, OVERVIEW - 1);
  context.fillRect(to, AXIS, width - to, OVERVIEW - 1);
  context.globalAlpha = 1;
  context.fillStyle = token('accent');
  context.fillRect(from - 1, AXIS, 2, OVERVIEW - 1);
  context.fillRect(to - 1, AXIS, 2, OVERVIEW - 1);
}

function draw_row(frame, r) {
  const { context, width, rows, tree, selected, hovered, matches, top } = frame;
  const span = rows[r],
    y = TOP + r * ROW - top;
  if (span === selected && span !== ORPHANS) fill_row(context, y, width, 'accent-soft');
  else if (r === hovered) fill_row(context, y, width, 'raised');
  if (span === ORPHANS) {
    draw_orphans(frame, y);
    return false;
  }
  if (matches.has(span)) {
    context.fillStyle = token('accent');
    context.fillRect(0, y + 2, 3, ROW - 4);
  }
  draw_name(frame, span, y);
  return draw_bar(frame, span, y, tree.columns.open[span] === 1);
}

function fill_row(context, y, width, name) {
  context.fillStyle = token(name);
  context.fillRect(0, y, width, ROW);
}

function draw_orphans({ context, left, tree, folded }, y) {
  draw_caret(context, 16, y, folded.has(ORPHANS));
  context.font = sans(12, 500);
  context.fillStyle = token('amber');
  const words = `${counted(tree.orphans.length, 'orphan')}: the parent is not in this run`;
  context.fillText(fitted(context, words, left - 40), 28, y + ROW / 2);
}

function draw_caret(context, x, y, is_folded) {
  const middle = y + ROW / 2;
  context.fillStyle = token('faint');
  context.beginPath();
  if (is_folded) {
    context.moveTo(x - 2, middle - 4);
    context.lineTo(x + 3, middle);
    context.lineTo(x - 2, middle + 4);
  } else {
    context.moveTo(x - 4, middle - 2);
    context.lineTo(x, middle + 3);
    context.lineTo(x + 4, middle - 2);
  }
  context.fill();
}

export function indent_of(tree, span) {
  const under = tree.orphans.length && is_under_orphan(tree, span) ? 1 : 0;
  return 16 + Math.min(tree.depth[span] + under, INDENT_MAX) * INDENT;
}

function is_under_orphan(tree, span) {
  tree.orphan_of ??= marked_orphans(tree);
  return tree.orphan_of[span] === 1;
}

function marked_orphans(tree) {
  const marks = new Uint8Array(tree.length);
  for (const root of tree.orphans) marks.fill(1, root, tree.behind[root]);
  return marks;
}

function draw_name({ context, left, tree, folded }, span, y) {
  const x = indent_of(tree, span),
    middle = y + ROW / 2;
  context.fillStyle = token('line');
  for (let guide = 16; guide < x; guide += INDENT) context.fillRect(guide, y, 1, ROW);
  if (tree.has_children(span)) draw_caret(context, x, y, folded.has(span));
  const cost = tree.columns.cost_usd[span];
  const right = left - 12;
  let room = right - x - 12;
  context.font = sans(12);
  if (cost !== null && left > 280) {
    context.textAlign = 'right';
    context.fillStyle = token('faint');
    context.fillText(money(cost), right, middle);
    context.textAlign = 'left';
    room -= 64;
  }
  const agent = tree.text('agent', span),
    name = tree.label(span);
  context.fillStyle = tree.has_failed(span) ? token('red') : token('text');
  const shown = fitted(context, name, room);
  context.fillText(shown, x + 12, middle);
  if (agent && agent !== name && shown === name) {
    const used = context.measureText(shown).width + 8;
    context.fillStyle = token('faint');
    context.fillText(fitted(context, agent, room - used), x + 12 + used, middle);
  }
}

// Gives whether the bar breathes: its span is open, and the run goes on.
function draw_bar({ context, left, width, view, scale, tree, now }, span, y, is_open) {
  const from = left + (tree.start[span] - view.from) * scale;
  const to = Math.max(from + 2, left + (tree.end[span] - view.from) * scale);
  if (to < left || from > width) {
    draw_elsewhere(context, to < left ? left + 6 : width - 6, y, to < left ? -1 : 1);
    return false;
  }
  const x = Math.max(from, left),
    end = Math.min(to, width),
    thick = tree.has_children(span) ? 6 : 14;
  const bar_y = y + (ROW - thick) / 2;
  context.save();
  context.beginPath();
  context.rect(left, y, width - left, ROW);
  context.clip();
  const color = tree.has_failed(span) ? token('red') : token(`c${tree.color[span]}`);
  const breathes = is_open && tree.is_running;
  context.beginPath();
  context.roundRect(x, bar_y, Math.max(2, end - x), thick, 3);
  if (is_open) fill_open(context, color, breathes ? now : 0);
  else {
    context.fillStyle = color;
    context.fill();
  }
  if (tree.columns.critical[span]) {
    context.fillStyle = token('text');
    context.fillRect(x, y + ROW - 4, Math.max(2, end - x), 2);
  }
  draw_figure(context, { x, end, left, width, y, thick, words: words_of(tree, span) });
  context.restore();
  return breathes;
}

function words_of(tree, span) {
  const time = tree.columns.open[span] ? 'open' : duration(tree.columns.duration_ms[span]);
  const input = tree.columns.input_tokens[span],
    output = tree.columns.output_tokens[span];
  return input || output ? `${time} · ${input ?? 0}→${output ?? 0}` : time;
}

// Beside the bar: behind it, or before it where there is no room, or else in it.
function draw_figure(context, { x, end, left, width, y, thick, words }) {
  context.font = sans(12);
  context.fillStyle = token('dim');
  const wide = context.measureText(words).width;
  if (end + 6 + wide < width) context.fillText(words, end + 6, y + ROW / 2);
  else if (x - 6 - wide > left) context.fillText(words, x - 6 - wide, y + ROW / 2);
  else if (thick > 12 && end - x > wide + 12) {
    context.fillStyle = token('on-color');
    context.fillText(words, end - wide - 6, y + ROW / 2);
  } else {
    context.fillStyle = token('bg');
    context.globalAlpha = 0.75;
    context.fillRect(width - wide - 16, y + 3, wide + 12, ROW - 6);
    context.globalAlpha = 1;
    context.fillStyle = token('text');
    context.fillText(words, width - wide - 10, y + ROW / 2);
  }
}

// Its bar is not in this part of the time, but there.
function draw_elsewhere(context, x, y, to) {
  const middle = y + ROW / 2;
  context.fillStyle = token('line-strong');
  context.beginPath();
  context.moveTo(x - 3 * to, middle - 4);
  context.lineTo(x + 2 * to, middle);
  context.lineTo(x - 3 * to, middle + 4);
  context.fill();
}
