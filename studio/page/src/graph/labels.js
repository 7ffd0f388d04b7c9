// SPDX-License-Identifier: Apache-2.0
//
// Which arrows of a graph are labelled, and with what. Hand-offs come first, the most frequent of
// them before others, then calls; a label that would lie on one that is there is left out.
import { short_count, short_rate } from '../format.js';

const LABELS_MAX = 48;
const LETTER = 0.58; // the width of a letter, of its height
// From this share on that failed, an arrow or a node is red.
export const FAILS = 0.05;

export const cut = (text, letters) =>
  text.length > letters ? `${text.slice(0, letters - 1)}…` : text;

export const fails = (errors, of) => errors > 0 && errors >= FAILS * of;

// "12 · why · 2 failed · 3/min": how often, and as far as there is room for it, the first reason,
// how many failed, and at which rate.
export function words_of(edge, room) {
  const reason = edge.reasons?.[0]?.text ?? '',
    n = short_count(edge.count);
  const often = edge.per_minute === null ? '' : ` · ${short_rate(edge.per_minute)}`;
  const failed = edge.errors > 0 ? ` · ${short_count(edge.errors)} failed` : '';
  let words = n,
    left = Math.floor(room) - n.length;
  if (reason && left >= 7) {
    const more = edge.reasons.length > 1 ? ` +${edge.reasons.length - 1}` : '';
    words += ` · ${cut(reason, Math.max(4, left - 3 - more.length))}${more}`;
    left = Math.floor(room) - words.length;
  }
  for (const part of [failed, often]) {
    if (!part || part.length > left) continue;
    words += part;
    left -= part.length;
  }
  return words;
}

const overlap = (a, b) =>
  Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height;

// edges: [{edge, way, touched}]; nodes: [{x, y, r, label}], whose names calls do not cover, nor
// hand-offs in a crowd. The words of those that have a label, by edge.
export function labels_of({ edges, nodes, letters, is_readable, is_crowded }) {
  const placed = [],
    words = new Map();
  const names = nodes.map(({ x, y, r, label }) => ({
    x,
    y: y + r + 2.3 * letters,
    width: Math.max(12, label.length) * letters * LETTER,
    height: 3.6 * letters,
  }));
  const rank = ({ edge, touched }) => (touched ? 2 : 0) + (edge.kind === 'handoff' ? 1 : 0);
  const order = [...edges].sort(
    (a, b) => rank(b) - rank(a) || b.edge.count - a.edge.count,
  );
  for (const one of order) {
    if (!one.touched && (!is_readable || words.size >= LABELS_MAX)) continue;
    const text = words_of(one.edge, one.way.room / (letters * LETTER));
    const box = {
      ...one.way.middle,
      width: text.length * letters * LETTER,
      height: letters * 1.2,
    };
    const others = one.edge.kind === 'call' || is_crowded ? [...placed, ...names] : placed;
    if (!one.touched && others.some((other) => overlap(box, other))) continue;
    placed.push(box);
    words.set(one.edge, text);
  }
  return words;
}
