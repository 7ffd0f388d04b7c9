// SPDX-License-Identifier: Apache-2.0
//
// Where the nodes of a graph stand: in layers from left to right, so that hand-offs go to the
// right where they can; and where patterns are many, each pattern in a region of its own. The same
// graph gives the same picture, and what is there stays where it is when something joins it.
const COLUMN = 216;
const LINE = 112;
const CLOSE_COLUMN = 128;
const CLOSE_LINE = 84;
const SCREEN = 1.7; // its width of its height
const LAYER_MAX = 9; // nodes above each other; more of them make columns
const MARGIN = 72;
const HEAD = 28;

// {places: Map(id → {x, y}), regions: [{label, x, y, width, height}], width, height}.
export function layout_of(graph, before) {
  const grown = before && grow(graph, before);
  if (grown) return grown;
  const patterns = group_by(graph.nodes, (node) => node.pattern);
  const has_groups = graph.nodes.some((node) => node.kind === 'group');
  const apart = patterns.size > 1 && (has_groups || graph.nodes.length > 8);
  if (!apart) return packed([{ label: '', ...arranged(graph.nodes, graph.edges) }], false);
  return flanked(graph, (nodes) =>
    packed(
      [...group_by(nodes, (node) => region_of(node, has_groups))].map(([label, some]) => ({
        label: label || 'no pattern',
        ...(has_groups && some[0].kind === 'agent' ? in_grid(some) : arranged(some, graph.edges)),
      })),
      true,
    ),
  );
}

// Agents of an unfolded group have a region of their own beside that of their pattern.
function region_of(node, has_groups) {
  if (!has_groups || node.kind !== 'agent') return node.pattern;
  return [node.pattern, node.role].filter(Boolean).join(': ') || 'unfolded';
}

// Close together, and about as wide as a screen, so that names can be read.
function in_grid(nodes) {
  const columns = Math.ceil(Math.sqrt((nodes.length * SCREEN * CLOSE_LINE) / CLOSE_COLUMN));
  return {
    places: new Map(
      nodes.map(({ id }, i) => [
        id,
        { x: (i % columns) * CLOSE_COLUMN, y: Math.floor(i / columns) * CLOSE_LINE },
      ]),
    ),
    width: (Math.min(columns, nodes.length) - 1) * CLOSE_COLUMN,
    height: (Math.ceil(nodes.length / columns) - 1) * CLOSE_LINE,
  };
}

// Regions in the middle, who asked at the left, and models and tools, which all call, at the right.
function flanked(graph, pack) {
  const users = graph.nodes.filter((node) => node.kind === 'user');
  const called = graph.nodes.filter((node) => node.kind === 'model' || node.kind === 'tool');
  const middle = pack(
    graph.nodes.filter((node) => !users.includes(node) && !called.includes(node)),
  );
  const shift = users.length ? COLUMN : 0;
  const lines = Math.max(
    4,
    Math.ceil(middle.height / LINE) - 1,
    Math.ceil(Math.sqrt((called.length * COLUMN) / (LINE * SCREEN))),
  );
  const height = Math.max(middle.height, Math.min(called.length, lines) * LINE);
  const drop = (height - middle.height) / 2;
  const places = new Map(
    [...middle.places].map(([id, { x, y }]) => [id, { x: x + shift, y: y + drop }]),
  );
  users.forEach(({ id }, i) => places.set(id, { x: MARGIN / 2, y: height / 2 + i * LINE }));
  called.forEach(({ id }, i) => {
    const column = Math.floor(i / lines),
      of_column = Math.min(lines, called.length - column * lines);
    places.set(id, {
      x: shift + middle.width + (column + 0.75) * COLUMN,
      y: height / 2 + ((i % lines) - (of_column - 1) / 2) * LINE,
    });
  });
  return {
    places,
    height,
    regions: middle.regions.map((one) => ({ ...one, x: one.x + shift, y: one.y + drop })),
    width: shift + middle.width + (Math.ceil(called.length / lines) + 0.25) * COLUMN,
  };
}

function group_by(list, key) {
  const groups = new Map();
  for (const one of list) {
    const name = key(one);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  return groups;
}

// Who is new takes a place below; who is gone leaves a gap. null: too much is new.
function grow(graph, before) {
  const fresh = graph.nodes.filter((node) => !before.places.has(node.id));
  if (fresh.length > 8 || graph.nodes.length - fresh.length < before.places.size * 0.6) return null;
  if (fresh.length === 0) return before;
  const places = new Map(before.places);
  let x = MARGIN,
    y = before.height + LINE / 2;
  for (const node of fresh) {
    places.set(node.id, { x, y });
    x += COLUMN;
  }
  return { ...before, places, height: y + LINE, width: Math.max(before.width, x) };
}

// Who is connected stands in layers, and who is not, in a grid below.
function arranged(nodes, all_edges) {
  const ids = new Set(nodes.map((node) => node.id));
  const edges = all_edges.filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to);
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const alone = nodes.filter((node) => !ends.has(node.id));
  const part = layered(
    nodes.filter((node) => ends.has(node.id)),
    edges,
  );
  if (alone.length === 0) return part;
  const has_layers = part.places.size > 0;
  const columns = Math.max(
    has_layers ? Math.round(part.width / COLUMN) + 1 : 1,
    Math.ceil(Math.sqrt(alone.length)),
  );
  const top = has_layers ? part.height + LINE : 0;
  alone.forEach(({ id }, i) =>
    part.places.set(id, { x: (i % columns) * COLUMN, y: top + Math.floor(i / columns) * LINE }),
  );
  return {
    places: part.places,
    width: Math.max(part.width, (Math.min(columns, alone.length) - 1) * COLUMN),
    height: top + (Math.ceil(alone.length / columns) - 1) * LINE,
  };
}

function layered(nodes, edges) {
  if (nodes.length === 0) return { places: new Map(), width: 0, height: 0 };
  const layers = ordered(layers_of(nodes, forward(nodes, edges)), edges);
  const places = new Map();
  let x = 0,
    deepest = 0;
  for (const layer of layers) {
    const columns = Math.ceil(layer.length / LAYER_MAX);
    const lines = Math.ceil(layer.length / columns);
    deepest = Math.max(deepest, lines);
    layer.forEach((id, i) =>
      places.set(id, {
        x: x + Math.floor(i / lines) * COLUMN,
        y: (i % lines) * LINE,
        lines: Math.min(lines, layer.length - Math.floor(i / lines) * lines),
      }),
    );
    x += columns * COLUMN;
  }
  for (const place of places.values()) place.y += ((deepest - place.lines) * LINE) / 2;
  return { places, width: Math.max(0, x - COLUMN), height: (deepest - 1) * LINE };
}

// The edges without those that lead back, so that layers can be told.
function forward(nodes, edges) {
  const out = group_by(edges, (edge) => edge.from),
    state = new Map(),
    kept = [];
  const into = group_by(edges, (edge) => edge.to);
  const begin = [...nodes].sort(
    (a, b) => (into.get(a.id)?.length ?? 0) - (into.get(b.id)?.length ?? 0),
  );
  for (const { id } of begin) {
    if (state.has(id)) continue;
    const stack = [[id, 0]];
    state.set(id, 'open');
    while (stack.length) {
      const top = stack[stack.length - 1],
        edge = out.get(top[0])?.[top[1]++];
      if (!edge) {
        state.set(top[0], 'done');
        stack.pop();
      } else if (state.get(edge.to) !== 'open') {
        kept.push(edge);
        if (!state.has(edge.to)) {
          state.set(edge.to, 'open');
          stack.push([edge.to, 0]);
        }
      }
    }
  }
  return kept;
}

// The layer of a node is that of the longest way to it.
function layers_of(nodes, edges) {
  const layer = new Map(nodes.map(({ id }) => [id, 0]));
  const out = group_by(edges, (edge) => edge.from);
  const waits = new Map();
  for (const { to } of edges) waits.set(to, (waits.get(to) ?? 0) + 1);
  const ready = nodes.map(({ id }) => id).filter((id) => !waits.get(id));
  for (let i = 0; i < ready.length; ++i) {
    for (const { to } of out.get(ready[i]) ?? []) {
      layer.set(to, Math.max(layer.get(to), layer.get(ready[i]) + 1));
      waits.set(to, waits.get(to) - 1);
      if (waits.get(to) === 0) ready.push(to);
    }
  }
  const layers = [];
  for (const [id, at] of layer) (layers[at] ??= []).push(id);
  return layers.filter(Boolean);
}

// Each node near the mean height of those it is connected with: fewer arrows cross.
function ordered(layers, edges) {
  const near = new Map();
  for (const { from, to } of edges) {
    (near.get(from) ?? near.set(from, []).get(from)).push(to);
    (near.get(to) ?? near.set(to, []).get(to)).push(from);
  }
  const height = new Map();
  const note = () =>
    layers.forEach((layer) => layer.forEach((id, i) => height.set(id, i - layer.length / 2)));
  note();
  for (let turn = 0; turn < 4; ++turn) {
    for (const layer of layers) {
      const wish = new Map(
        layer.map((id) => {
          const around = near.get(id) ?? [];
          return [
            id,
            around.length
              ? around.reduce((sum, one) => sum + height.get(one), 0) / around.length
              : height.get(id),
          ];
        }),
      );
      layer.sort((a, b) => wish.get(a) - wish.get(b));
    }
    note();
  }
  return layers;
}

// Parts beside each other in lines, so that all of it is about as wide as a screen.
function packed(parts, has_frames) {
  const outer = parts.map((part) => ({
    ...part,
    wide: part.width + 2 * MARGIN,
    high: part.height + 2 * MARGIN + (has_frames ? HEAD : 0),
  }));
  const area = outer.reduce((sum, one) => sum + one.wide * one.high, 0);
  const width_max = Math.max(Math.sqrt(area) * 1.9, ...outer.map((one) => one.wide));
  const places = new Map(),
    regions = [];
  let x = 0,
    y = 0,
    line = 0,
    width = 0;
  for (const part of outer.sort((a, b) => b.high - a.high)) {
    if (x > 0 && x + part.wide > width_max) {
      x = 0;
      y += line + 24;
      line = 0;
    }
    for (const [id, at] of part.places) {
      places.set(id, { x: x + MARGIN + at.x, y: y + MARGIN + (has_frames ? HEAD : 0) + at.y });
    }
    if (has_frames) regions.push({ label: part.label, x, y, width: part.wide, height: part.high });
    x += part.wide + 24;
    line = Math.max(line, part.high);
    width = Math.max(width, x - 24);
  }
  return { places, regions, width, height: y + line };
}
