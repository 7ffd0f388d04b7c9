// SPDX-License-Identifier: Apache-2.0
//
// Where the boxes of a flamegraph lie. A layout is columns of boxes sorted by row and, in a row, by
// where they begin: {row, from, to, span, label, color, failed, weight, first_of_row, rows, first,
// last}. Boxes of one row never overlap.

import { count } from '../format.js';
import { ORPHANS } from './tree.js';

export const MEASURES = [
  ['time', 'Time'],
  ['tokens', 'Tokens'],
  ['cost', 'Cost'],
];
export const ORDERS = [
  ['time', 'Time order'],
  ['heavy', 'Left heavy'],
  ['sandwich', 'Sandwich'],
];

// What a span weighs by itself, without what is below it.
export function own_weights(tree, measure) {
  const { self_ms, cost_usd, input_tokens, output_tokens } = tree.columns;
  const weights = new Float64Array(tree.length);
  for (let i = 0; i < tree.length; ++i) {
    if (measure === 'time') weights[i] = Math.max(0, self_ms[i] ?? 0);
    else if (measure === 'cost') weights[i] = Math.max(0, cost_usd[i] ?? 0);
    else weights[i] = (input_tokens[i] ?? 0) + (output_tokens[i] ?? 0);
  }
  return weights;
}

export function total_weights(tree, own) {
  const totals = Float64Array.from(own);
  for (let i = tree.length - 1; i >= 0; --i) {
    if (tree.parent[i] >= 0) totals[tree.parent[i]] += totals[i];
  }
  return totals;
}

// As it happened: a span is right below its parent. Of siblings that run at once, the later one
// has a lane of its own, below all that the earlier one called, and an empty row between: nothing
// stands right under what did not call it. Orphans are below a box that says so.
export function by_time(tree) {
  const { rows, orphan_row } = time_rows(tree),
    { length } = tree;
  const has_orphans = orphan_row >= 0;
  const add = (list, value) => (has_orphans ? [...list, value] : list);
  const words = `${count(tree.orphans.length)} orphans: the parent is not in this run`;
  return sorted(tree, {
    row: add(rows, orphan_row),
    from: add(tree.start, tree.first_ms),
    to: add(tree.end, tree.last_ms),
    span: add(indexes(length), ORPHANS),
    label: (i) => (i < length ? tree.label(i) : words),
    first: tree.first_ms,
    last: tree.last_ms,
    unit: 'time',
    weight: (i) => (i < length ? tree.end[i] - tree.start[i] : 0),
    color: add(tree.color, 0),
    failed: (i) => i < length && tree.has_failed(i),
  });
}

// What is open has no end yet: nothing else gets its lane.
function lane_end(tree, span) {
  return tree.columns.open[span] ? Infinity : subtree_ends(tree)[span];
}

function subtree_ends(tree) {
  if (tree.subtree_ends) return tree.subtree_ends;
  const ends = Float64Array.from(tree.end);
  for (let i = tree.length - 1; i >= 0; --i) {
    const parent = tree.parent[i];
    if (parent >= 0) ends[parent] = Math.max(ends[parent], ends[i]);
  }
  return (tree.subtree_ends = ends);
}

const LANES_MAX = 512; // that are tried: where more run at once, each has a lane of its own

// Lanes of spans side by side: [{end, height}], and the lane of each of them.
function lanes_of(tree, spans, heights, lane) {
  const lanes = [];
  for (const span of spans) {
    let at = lanes.findIndex(
      (one, i) => i < LANES_MAX && one.end <= tree.start[span] + 1e-9,
    );
    if (at < 0) at = lanes.push({ end: 0, height: 0 }) - 1;
    lanes[at].end = lane_end(tree, span);
    lanes[at].height = Math.max(lanes[at].height, heights[span]);
    lane[span] = at;
  }
  let row = 0;
  for (const one of lanes) {
    one.row = row;
    row += one.height + 1;
  }
  return { lanes, height: Math.max(0, row - 1) };
}

// First how high each subtree is, from below; then where it stands, from above.
function time_rows(tree) {
  const heights = new Int32Array(tree.length),
    lane = new Int32Array(tree.length),
    lanes = new Array(tree.length);
  const children = (span) => {
    const all = [];
    for (let i = span + 1; i < tree.behind[span]; i = tree.behind[i]) all.push(i);
    return all;
  };
  for (let i = tree.length - 1; i >= 0; --i) {
    const inside = lanes_of(tree, children(i), heights, lane);
    lanes[i] = inside.lanes;
    heights[i] = 1 + inside.height;
  }
  const top = lanes_of(tree, tree.roots, heights, lane);
  const below = lanes_of(tree, tree.orphans, heights, lane);
  const orphan_row = tree.orphans.length ? (top.height ? top.height + 1 : 0) : -1;
  const rows = new Int32Array(tree.length);
  const misplaced = new Set(tree.orphans);
  for (let i = 0; i < tree.length; ++i) {
    const parent = tree.parent[i];
    if (parent >= 0) rows[i] = rows[parent] + 1 + lanes[parent][lane[i]].row;
    else if (misplaced.has(i)) rows[i] = orphan_row + 1 + below.lanes[lane[i]].row;
    else rows[i] = top.lanes[lane[i]].row;
  }
  return { rows, orphan_row };
}

// What is open in a layout of time has become longer.
export function advance(layout) {
  const { tree } = layout;
  layout.open ??= [ORPHANS, ...tree.open].map((span) => layout.span.indexOf(span));
  for (const at of layout.open) layout.to[at] = tree.end[layout.span[at]] ?? tree.last_ms;
  layout.last = tree.last_ms;
}

// In the order of the tree, each as wide as what it and those below it weigh.
export function by_weight(tree, measure) {
  const totals = total_weights(tree, own_weights(tree, measure));
  const from = new Float64Array(tree.length),
    to = new Float64Array(tree.length);
  const inside = new Float64Array(tree.length); // where the next child begins
  let edge = 0;
  for (let i = 0; i < tree.length; ++i) {
    const parent = tree.parent[i];
    from[i] = parent >= 0 ? inside[parent] : edge;
    to[i] = inside[i] = from[i] + totals[i];
    if (parent >= 0) inside[parent] = to[i];
    else edge = to[i];
    inside[i] = from[i];
  }
  return sorted(tree, {
    row: Int32Array.from(tree.depth),
    from,
    to,
    span: indexes(tree.length),
    label: (i) => tree.label(i),
    first: 0,
    last: Math.max(edge, 1e-12),
    unit: measure,
    weight: (i) => totals[i],
    color: tree.color,
    failed: (i) => tree.has_failed(i),
  });
}

// Spans of the same names under the same names are one box; the heaviest stand left.
export function left_heavy(tree, measure) {
  const merged = merge(tree, own_weights(tree, measure));
  return placed(merged, tree, measure);
}

export function name_key(tree, span) {
  return tree.columns.name[span] * 1e6 + tree.columns.agent[span];
}

class Merged {
  constructor(parent, span) {
    this.parent = parent;
    this.span = span; // the first of them
    this.weight = 0;
    this.count = 0;
    this.failed = false;
    this.children = new Map();
  }

  child(key, span) {
    let child = this.children.get(key);
    if (!child) this.children.set(key, (child = new Merged(this, span)));
    return child;
  }
}

function merge(tree, own) {
  const top = new Merged(null, -1),
    nodes = new Array(tree.length);
  for (let i = 0; i < tree.length; ++i) {
    const above = tree.parent[i] >= 0 ? nodes[tree.parent[i]] : top;
    const node = (nodes[i] = above.child(name_key(tree, i), i));
    node.count += 1;
    node.failed ||= tree.has_failed(i);
    node.weight += own[i];
  }
  add_up(top);
  return top;
}

// Iterates, because a tree may be deeper than the stack.
function add_up(top) {
  const order = [top];
  for (let i = 0; i < order.length; ++i) order.push(...order[i].children.values());
  for (let i = order.length - 1; i > 0; --i) order[i].parent.weight += order[i].weight;
}

function placed(top, tree, measure) {
  const row = [],
    from = [],
    to = [],
    nodes = [];
  const stack = [[top, 0, -1]];
  while (stack.length) {
    const [node, x, depth] = stack.pop();
    if (depth >= 0) {
      row.push(depth);
      from.push(x);
      to.push(x + node.weight);
      nodes.push(node);
    }
    let edge = x;
    for (const child of [...node.children.values()].sort((a, b) => b.weight - a.weight)) {
      stack.push([child, edge, depth + 1]);
      edge += child.weight;
    }
  }
  return sorted(tree, {
    row: Int32Array.from(row),
    from: Float64Array.from(from),
    to: Float64Array.from(to),
    span: Int32Array.from(nodes, (node) => node.span),
    count: (i) => nodes[i].count,
    label: (i) => tree.label(nodes[i].span),
    first: 0,
    last: Math.max(top.weight, 1e-12),
    unit: measure,
    weight: (i) => nodes[i].weight,
    color: Uint8Array.from(nodes, (node) => tree.color[node.span]),
    failed: (i) => nodes[i].failed,
  });
}

function indexes(length) {
  return Int32Array.from({ length }, (_, i) => i);
}

function sorted(tree, boxes) {
  const { row, from } = boxes;
  const order = indexes(row.length).sort((a, b) => row[a] - row[b] || from[a] - from[b]);
  const rows = row.reduce((a, b) => Math.max(a, b), -1) + 1;
  const first_of_row = new Int32Array(rows + 1);
  for (const one of row) ++first_of_row[one + 1];
  for (let r = 0; r < rows; ++r) first_of_row[r + 1] += first_of_row[r];
  return {
    tree,
    rows,
    first_of_row,
    order,
    length: row.length,
    first: boxes.first,
    last: boxes.last,
    unit: boxes.unit,
    from: Float64Array.from(order, (i) => boxes.from[i]),
    to: Float64Array.from(order, (i) => boxes.to[i]),
    span: Int32Array.from(order, (i) => boxes.span[i]),
    color: Uint8Array.from(order, (i) => boxes.color[i]),
    label: (at) => boxes.label(order[at]),
    weight: (at) => boxes.weight(order[at]),
    count: (at) => boxes.count?.(order[at]) ?? 1,
    failed: (at) => boxes.failed(order[at]),
  };
}

// The box beside box `at`: in its row by -1 or 1, or of the row above or below it; -1 for none.
export function box_beside(layout, at, { across = 0, down = 0 }) {
  if (at < 0) return layout.length ? 0 : -1;
  const row = row_of(layout, at);
  if (across) return row_of(layout, at + across) === row ? at + across : -1;
  for (let r = row + down; r >= 0 && r < layout.rows; r += down) {
    const end = layout.first_of_row[r + 1];
    const next = first_behind(layout.to, layout.first_of_row[r], end, layout.from[at]);
    if (next < end && (layout.from[next] < layout.to[at] || layout.from[next] === layout.from[at]))
      return next;
  }
  return -1;
}

function row_of(layout, at) {
  if (at < 0 || at >= layout.length) return -1;
  let low = 0,
    high = layout.rows;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (layout.first_of_row[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}

// The first box of [low, high) that ends behind x.
export function first_behind(to, low, high, x) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (to[middle] > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

// By name: what it weighs itself and in all, the heaviest first. Recursion counts once.
export function by_name(tree, measure) {
  const own = own_weights(tree, measure),
    totals = total_weights(tree, own);
  const names = new Map();
  for (let i = 0; i < tree.length; ++i) {
    const key = name_key(tree, i);
    let one = names.get(key);
    if (!one) names.set(key, (one = { key, span: i, count: 0, own: 0, total: 0 }));
    one.count += 1;
    one.own += own[i];
    if (!has_above(tree, i, key)) one.total += totals[i];
  }
  return [...names.values()].sort((a, b) => b.own - a.own || b.total - a.total);
}

function has_above(tree, span, key) {
  for (
    let up = tree.parent[span], steps = 0;
    up >= 0 && steps < 256;
    up = tree.parent[up], ++steps
  ) {
    if (name_key(tree, up) === key) return true;
  }
  return false;
}

// Who calls a name, as a tree that goes up, and what it calls, as one that goes down.
export function sandwich(tree, measure, key) {
  const own = own_weights(tree, measure),
    totals = total_weights(tree, own);
  const callers = new Merged(null, -1),
    callees = new Merged(null, -1);
  const nodes = new Map();
  for (let i = 0; i < tree.length; ++i) {
    const above = nodes.get(tree.parent[i]);
    if (name_key(tree, i) === key && !above) {
      const node = callees.child(key, i);
      add(node, tree, i, own[i]);
      nodes.set(i, node);
      go_up(callers.child(key, i), tree, i, totals[i]);
    } else if (above) {
      const node = above.child(name_key(tree, i), i);
      add(node, tree, i, own[i]);
      nodes.set(i, node);
    }
  }
  add_up(callees);
  callers.weight = [...callers.children.values()].reduce((sum, one) => sum + one.weight, 0);
  return { callers: placed(callers, tree, measure), callees: placed(callees, tree, measure) };
}

function add(node, tree, span, weight) {
  node.count += 1;
  node.weight += weight;
  node.failed ||= tree.has_failed(span);
}

function go_up(bottom, tree, span, weight) {
  let node = bottom,
    steps = 0;
  add(node, tree, span, weight);
  for (let up = tree.parent[span]; up >= 0 && steps < 256; up = tree.parent[up], ++steps) {
    node = node.child(name_key(tree, up), up);
    add(node, tree, up, weight);
  }
}
