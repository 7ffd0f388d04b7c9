// SPDX-License-Identifier: Apache-2.0
//
// The waterfall: rows that scroll, a time that zooms, and keys for both.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { useKeys } from '../keys.jsx';
import { set_parameters } from '../route.jsx';
import { useTheme } from '../theme.js';
import { frames } from './canvas.js';
import { listen, listen_for_travel } from './gestures.js';
import { ORPHANS } from './tree.js';
import {
  AXIS,
  draw_waterfall,
  gutter_of,
  indent_of,
  OVERVIEW,
  ROW,
  TOP,
} from './waterfall_drawing.js';

const BUCKETS = 400;

// selected is a span or -1; onSelect(span) and onOpen(span) are told of clicks and keys.
export function Waterfall({ tree, view, selected, matches, seconds, parameters, onSelect }) {
  const box = useRef(null),
    canvas = useRef(null),
    drawn = useRef(null);
  const [folded, set_folded] = useFolded(tree, parameters.folded);
  const theme = useTheme();
  const rows = useMemo(() => tree.rows(folded), [tree, folded]);
  const scene = useRef({ hovered: -1 });
  const found = useMemo(() => new Set(matches), [matches]);
  const busy = useMemo(() => tree.busy(BUCKETS), [tree, seconds]);
  Object.assign(scene.current, { tree, view, rows, selected, matches: found, folded, busy });

  useEffect(() => {
    const scroller = box.current;
    drawn.current = frames(canvas.current, scroller, (context, width, height, now) => {
      scene.current.top = scroller.scrollTop;
      return draw_waterfall(context, width, height, moves() ? now : 0, scene.current) && moves();
    });
    const unwatch = view.watch(drawn.current.dirty);
    return () => {
      unwatch();
      drawn.current.stop();
    };
  }, [view]);
  useEffect(() => drawn.current.dirty(), [rows, selected, found, theme, busy]);
  const toggle = (span, fold) => {
    const next = new Set(folded);
    if (fold ?? !next.has(span)) next.add(span);
    else next.delete(span);
    set_folded(next);
  };
  const latest = useRef(null);
  latest.current = { toggle, onSelect };
  useEffect(() => listen_to(box.current, scene.current, drawn.current, latest), [view, theme]);
  useEffect(() => listen_for_travel(view), [view]);
  useEffect(
    () => reveal(selected, { tree, folded, set_folded, rows, box: box.current }),
    [selected, rows],
  );
  useWaterfallKeys({ tree, view, rows, folded, selected, toggle, onSelect });
  return (
    <div class="canvas_box" data-view="waterfall">
      <div
        class="scroller"
        ref={box}
        tabIndex={0}
        role="application"
        aria-label={`Waterfall of ${tree.length} spans; j and k move, W A S D zoom`}
        onScroll={() => drawn.current.dirty()}
      >
        <div class="tall" style={{ height: `${rows.length * ROW + TOP}px` }}>
          <canvas ref={canvas} />
        </div>
      </div>
    </div>
  );
}

// The folded rows are in the address, by the keys of their spans: as many as a link may carry.
const FOLDED_MAX = 200;
const ORPHANS_KEY = 'orphans';

function useFolded(tree, text = '') {
  const [folded, set] = useState(() => {
    const keys = text.split(',').filter(Boolean);
    const spans = keys.map((key) => (key === ORPHANS_KEY ? ORPHANS : tree.find(key)));
    return new Set(spans.filter((span, i) => span >= 0 || keys[i] === ORPHANS_KEY));
  });
  const fold = (next) => {
    set(next);
    const keys = [...next].slice(0, FOLDED_MAX);
    set_parameters({
      folded: keys.map((span) => (span === ORPHANS ? ORPHANS_KEY : tree.key_of(span))).join(','),
    });
  };
  return [folded, fold];
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
const moves = () => !still.matches;

function useWaterfallKeys({ tree, view, rows, folded, selected, toggle, onSelect }) {
  const move = (by) => {
    const at = selected < 0 ? -1 : rows.indexOf(selected);
    let next = at < 0 ? 0 : at + by;
    if (rows[next] === ORPHANS) next += at < 0 ? 1 : by;
    if (next >= 0 && next < rows.length) onSelect(rows[next]);
  };
  const fold = (is_folded) => {
    if (selected < 0) return false;
    if (is_folded && (folded.has(selected) || !tree.has_children(selected))) {
      if (tree.parent[selected] >= 0) onSelect(tree.parent[selected]);
    } else toggle(selected, is_folded);
    return true;
  };
  useKeys('Waterfall', [
    ['j, ArrowDown', 'next span', () => move(1)],
    ['k, ArrowUp', 'span before', () => move(-1)],
    ['h, ArrowLeft', 'fold, or to the parent', () => fold(true)],
    ['l, ArrowRight', 'unfold', () => fold(false)],
    ['w, s', 'zoom in, out (or Ctrl and wheel)', () => false],
    ['a, d', 'earlier, later (or drag)', () => false],
    ['f', 'fit the span', () => (selected >= 0 ? fit(view, tree, selected) : false)],
    ['0', 'all of the time', () => view.reset()],
  ]);
}

export function fit(view, tree, span) {
  const width = Math.max(tree.end[span] - tree.start[span], (view.last - view.first) * 1e-6);
  view.show(tree.start[span] - width * 0.1, tree.end[span] + width * 0.1);
}

// Unfolds what hides the span, and scrolls until it is in sight.
function reveal(span, { tree, folded, set_folded, rows, box }) {
  if (span < 0) return;
  const hiding = [];
  for (let up = tree.parent[span]; up >= 0; up = tree.parent[up])
    if (folded.has(up)) hiding.push(up);
  if (hiding.length) {
    set_folded(new Set([...folded].filter((one) => !hiding.includes(one))));
    return;
  }
  const row = rows.indexOf(span);
  if (row < 0) return;
  const height = box.clientHeight - TOP,
    top = row * ROW;
  if (top < box.scrollTop || top + ROW > box.scrollTop + height) {
    box.scrollTop = Math.max(0, top - height / 2);
  }
}

function listen_to(box, scene, drawn, latest) {
  const place = (event) => {
    const from = box.getBoundingClientRect();
    return {
      x: event.clientX - from.left,
      y: event.clientY - from.top,
      left: gutter_of(box.clientWidth),
    };
  };
  const row_at = (y) => (y < TOP ? -1 : Math.floor((y - TOP + box.scrollTop) / ROW));
  const time_at = (event) => {
    const { x, left } = place(event);
    return (
      scene.view.from + ((x - left) / (box.clientWidth - left)) * (scene.view.to - scene.view.from)
    );
  };
  return listen(box, {
    view: scene.view,
    at: time_at,
    width: () => box.clientWidth - gutter_of(box.clientWidth),
    free: () => false,
    scroll: (by) => {
      box.scrollTop += by;
    },
    hover(event) {
      const { x, y, left } = place(event);
      scene.hovered = row_at(y);
      scene.view.point(x > left ? time_at(event) : null);
      drawn.dirty();
    },
    leave() {
      scene.hovered = -1;
      scene.view.point(null);
      drawn.dirty();
    },
    click(event) {
      const { x, y, left } = place(event);
      if (y > AXIS && y < AXIS + OVERVIEW && x > left)
        return centre(scene.view, (x - left) / (box.clientWidth - left));
      const span = scene.rows[row_at(y)];
      if (span === undefined) return undefined;
      const caret = span === ORPHANS ? left : indent_of(scene.tree, span) + 8;
      if (x < caret) return latest.current.toggle(span);
      return latest.current.onSelect(span);
    },
    open(event) {
      const span = scene.rows[row_at(place(event).y)];
      if (span >= 0) fit(scene.view, scene.tree, span);
    },
  });
}

function centre(view, share) {
  const at = view.first + share * (view.last - view.first),
    half = (view.to - view.from) / 2;
  view.show(at - half, at + half);
}
