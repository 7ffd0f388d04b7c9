// SPDX-License-Identifier: Apache-2.0
//
// Where the boxes of a flamegraph in the order of time stand, without a browser.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

const source = (name) => import(join(process.env.TRACEBUS_PAGE, 'src/run', name));
const { RunTree } = await source('tree.js');
const { advance, box_beside, by_time } = await source('flame_layout.js');

// spans: [[parent, start, duration, {open, place}]], each behind its parent, as the server has them.
function tree_of(spans) {
  const texts = ['', 'orphan'],
    zeros = spans.map(() => 0);
  const columns = {
    span_id: spans.map((_, i) => `span ${i}`),
    parent: spans.map(([parent]) => parent),
    start_ms: spans.map(([, start]) => start),
    duration_ms: spans.map(([, , duration]) => duration),
    open: spans.map(([, , , more]) => more?.open ?? 0),
    place: spans.map(([, , , more]) => (more?.place === 'orphan' ? 1 : 0)),
  };
  for (const name of ['agent', 'name', 'kind', 'status', 'model', 'error', 'critical'])
    columns[name] = zeros;
  return new RunTree({ run: {}, start: '2026-06-01T00:00:00Z', texts, spans: columns });
}

// The row of each span, and of the label of orphans at the end.
function rows_of(layout) {
  const rows = {};
  for (let row = 0; row < layout.rows; ++row)
    for (let at = layout.first_of_row[row]; at < layout.first_of_row[row + 1]; ++at)
      rows[layout.span[at]] = row;
  return rows;
}

test('WhatStandsRightBelowABoxWasCalledByIt', () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 50; ++round) {
    const spans = [[-1, 0, 1000]];
    const grow = (parent, depth) => {
      for (let i = random(4); i > 0 && depth < 5; --i) {
        const start = spans[parent][1] + random(300),
          index = spans.push([parent, start, 1 + random(300)]) - 1;
        grow(index, depth + 1);
      }
    };
    grow(0, 0);
    const tree = tree_of(spans),
      rows = rows_of(by_time(tree));
    for (let a = 0; a < spans.length; ++a) {
      for (let b = 0; b < spans.length; ++b) {
        const overlaps = tree.start[a] < tree.end[b] && tree.start[b] < tree.end[a];
        if (a === b || !overlaps) continue;
        assert.notEqual(rows[a], rows[b], `round ${round}: ${a} and ${b} lie on each other`);
        if (rows[b] === rows[a] + 1)
          assert.equal(tree.parent[b], a, `round ${round}: ${b} is below ${a}`);
      }
    }
  }
});

test('UsersAsk17_OrphansStandBelowABoxThatSaysSo', () => {
  const layout = by_time(
    tree_of([
      [-1, 0, 100],
      [0, 10, 20],
      [-1, 50, 20, { place: 'orphan' }],
      [2, 55, 5],
    ]),
  );
  const rows = rows_of(layout);
  assert.equal(rows[-1], 3);
  assert.equal(rows[2], 4);
  assert.equal(rows[3], 5);
  const label = Array.from({ length: layout.length }, (_, at) => at).find(
    (at) => layout.span[at] === -1,
  );
  assert.match(layout.label(label), /1 orphans?: the parent is not in this run/);
});

test('UsersAsk18_WhatIsOpenBecomesLongerAndItsLaneIsItsOwn', () => {
  const tree = tree_of([
    [-1, 0, 0, { open: 1 }],
    [0, 10, 0, { open: 1 }],
    [0, 40, 10],
  ]);
  const layout = by_time(tree);
  const rows = rows_of(layout);
  assert.equal(rows[1], 1);
  assert.equal(rows[2], 3, 'not beside what may still run');
  tree.advance(500);
  advance(layout);
  const at = Array.from(layout.span).indexOf(1);
  assert.equal(layout.to[at], 500);
  assert.equal(layout.last, 500);
  tree.advance(400); // a clock that goes back makes nothing shorter
  advance(layout);
  assert.equal(layout.to[at], 500);
});

test('KeysGoToTheBoxBesideAndStayWhereThereIsNone', () => {
  const layout = by_time(
    tree_of([
      [-1, 0, 100],
      [0, 0, 30],
      [0, 40, 30],
      [2, 50, 5],
    ]),
  );
  const span = (at) => layout.span[at];
  const first = box_beside(layout, -1, { down: 1 });
  assert.equal(span(first), 0);
  const below = box_beside(layout, first, { down: 1 });
  assert.equal(span(below), 1);
  const next = box_beside(layout, below, { across: 1 });
  assert.equal(span(next), 2);
  assert.equal(span(box_beside(layout, next, { down: 1 })), 3);
  assert.equal(span(box_beside(layout, next, { down: -1 })), 0);
  assert.equal(box_beside(layout, next, { across: 1 }), -1);
  assert.equal(box_beside(layout, first, { down: -1 }), -1);
});
