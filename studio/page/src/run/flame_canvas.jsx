// SPDX-License-Identifier: Apache-2.0
//
// One flamegraph on its canvas: layout in, clicks out.
import { useEffect, useRef } from 'preact/hooks';

import { counted, percent } from '../format.js';
import { useKeys } from '../keys.jsx';
import { useTheme } from '../theme.js';
import { frames } from './canvas.js';
import { AXIS, BOX, box_at, draw_flame, say_weight } from './flame_drawing.js';
import { advance, box_beside } from './flame_layout.js';
import { listen, listen_for_travel } from './gestures.js';

// onRead(words) is told what is under the pointer.
export function FlameCanvas({
  layout,
  view,
  is_time,
  selected,
  matches,
  up,
  onSelect,
  onRead,
  label,
}) {
  const box = useRef(null),
    canvas = useRef(null),
    drawn = useRef(null);
  const scene = useRef({ hovered: -1, top: 0 }),
    tell = useRef(null);
  const theme = useTheme();
  tell.current = { onSelect, onRead };
  Object.assign(scene.current, {
    layout,
    view,
    is_time,
    selected,
    up,
    matches: matches.length ? new Set(matches) : null,
  });
  useEffect(() => {
    const scroller = box.current;
    drawn.current = frames(canvas.current, scroller, (context, width, height, now) => {
      scene.current.top = scroller.scrollTop;
      const { is_time: grows, layout: of } = scene.current;
      if (grows && of.tree.is_running) advance(of);
      return draw_flame(context, width, height, moves() ? now : 0, scene.current) && moves();
    });
    const ends = [
      view.watch(drawn.current.dirty),
      listen_to(box.current, scene.current, drawn.current, tell),
      listen_for_travel(view),
    ];
    return () => {
      for (const end of ends) end();
      drawn.current.stop();
    };
  }, [view]);
  useEffect(() => drawn.current.dirty(), [layout, selected, matches, theme]);
  // Of several, the one with the focus takes the keys.
  const step = (by) => {
    const is_only = document.querySelectorAll('[data-view=flame]').length === 1;
    if (!is_only && document.activeElement !== box.current) return false;
    const at = box_beside(layout, selected < 0 ? -1 : layout.span.indexOf(selected), by);
    if (at < 0) return true;
    onSelect(layout.span[at], at);
    onRead(read(layout, at));
    show_box(box.current, scene.current, at);
    return true;
  };
  useKeys('Flamegraph', [
    ['j, ArrowDown', 'the box below', () => step({ down: up ? -1 : 1 })],
    ['k, ArrowUp', 'the box above', () => step({ down: up ? 1 : -1 })],
    ['l, ArrowRight', 'the next box of the row', () => step({ across: 1 })],
    ['h, ArrowLeft', 'the one before it', () => step({ across: -1 })],
  ]);
  return (
    <div class="canvas_box" data-view="flame">
      <div
        class="scroller"
        ref={box}
        tabIndex={0}
        role="application"
        aria-label={label}
        onScroll={() => drawn.current.dirty()}
      >
        <div class="tall" style={{ height: `${layout.rows * BOX + AXIS + 8}px` }}>
          <canvas ref={canvas} />
        </div>
      </div>
    </div>
  );
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
const moves = () => !still.matches;

// Scrolls, and moves the view, until a box is in sight.
function show_box(box, { layout, view, up }, at) {
  let row = 0;
  while (layout.first_of_row[row + 1] <= at) ++row;
  const top = row * BOX;
  if (!up && (top < box.scrollTop || top + BOX + AXIS > box.scrollTop + box.clientHeight))
    box.scrollTop = Math.max(0, top - box.clientHeight / 2);
  const from = layout.from[at],
    to = layout.to[at];
  if (to < view.from || from > view.to) {
    const half = (view.to - view.from) / 2;
    view.show((from + to) / 2 - half, (from + to) / 2 + half);
  }
}

function read(layout, at) {
  if (at < 0) return '';
  const weight = layout.weight(at),
    many = layout.count(at);
  const agent = layout.tree.text('agent', layout.span[at]);
  return [
    layout.label(at),
    agent !== layout.label(at) && agent,
    say_weight(layout.unit, weight),
    percent(weight / (layout.last - layout.first)),
    many > 1 && counted(many, 'span'),
  ]
    .filter(Boolean)
    .join(' · ');
}

function listen_to(box, scene, drawn, tell) {
  const place = (event) => {
    const from = box.getBoundingClientRect();
    return {
      x: event.clientX - from.left,
      y: event.clientY - from.top,
      width: box.clientWidth,
      height: box.clientHeight,
    };
  };
  const at = (event) => {
    const { x, width } = place(event);
    return scene.view.from + (x / width) * (scene.view.to - scene.view.from);
  };
  const point = (found, time) => {
    if (found !== scene.hovered) tell.current.onRead(read(scene.layout, found));
    scene.hovered = found;
    if (scene.is_time) scene.view.point(time);
    drawn.dirty();
  };
  return listen(box, {
    view: scene.view,
    at,
    width: () => box.clientWidth,
    free: () => box.scrollHeight <= box.clientHeight + 1,
    scroll: (by) => {
      box.scrollTop += by;
    },
    hover: (event) => point(box_at(scene, place(event)), at(event)),
    leave: () => point(-1, null),
    click(event) {
      const found = box_at(scene, place(event));
      if (found >= 0) tell.current.onSelect(scene.layout.span[found], found);
    },
    open(event) {
      const found = box_at(scene, place(event));
      if (found < 0) return scene.view.reset();
      return scene.view.show(scene.layout.from[found], scene.layout.to[found]);
    },
  });
}
