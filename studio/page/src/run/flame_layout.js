// SPDX-License-Identifier: Apache-2.0
//
// Where the boxes of a flamegraph lie. A layout is columns of boxes sorted by row and, in a row, by
// where they begin: {row, from, to, span, label, color, failed, weight, first_of_row, rows, first,
// last}. Boxes of one row never overlap.

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

// As it happened: a span is under its parent, and lower where something else runs there then.
export function by_time(tree) {
  const rows = new Int32Array(tree.length),
    ends = [];
  for (let i = 0; i < tree.length; ++i) {
    let row = tree.parent[i] >= 0 ? rows[tree.parent[i]] + 1 : 0;
    while (row < ends.length && ends[row] > tree.start[i] + 1e-9) ++row;
    rows[i] = row;
    ends[row] = tree.end[i];
  }
  return sorted(tree, {
    row: rows,
    from: tree.start,
    to: tree.end,
    span: indexes(tree.length),
    label: (i) => tree.label(i),
    first: tree.first_ms,
    last: tree.last_ms,
    unit: 'time',
    weight: (i) => tree.end[i] - tree.start[i],
    color: tree.color,
    failed: (i) => tree.has_failed(i),
  });
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
