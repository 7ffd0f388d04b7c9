// SPDX-License-Identifier: Apache-2.0
//
// A list of any length, of which only the rows in sight are in the document. j and k move, Enter
// opens.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { useKeys } from '../keys.jsx';

const OVERSCAN = 6;
const HEIGHT_MAX = 8_000_000; // browsers draw no taller element

// row(index) gives what stands in a line; picked is an index or -1. want(first, last) is told
// which rows are in sight, so that they can be asked for.
export function Rows({ length, height = 40, kind, row, picked, onPick, onOpen, want, label }) {
  const box = useRef(null);
  const [view, set] = useState({ first: 0, last: 40 });
  const measure = () => {
    if (!box.current) return; // it is told once more after the list is gone
    const { scrollTop, clientHeight } = box.current;
    const first = Math.max(0, Math.floor(scrollTop / height) - OVERSCAN);
    const last = Math.min(length, Math.ceil((scrollTop + clientHeight) / height) + OVERSCAN);
    set((was) => (was.first === first && was.last === last ? was : { first, last }));
  };
  useLayoutEffect(measure, [length, height]);
  useEffect(() => {
    const resize = new ResizeObserver(measure);
    resize.observe(box.current);
    return () => resize.disconnect();
  }, [length]);
  useEffect(() => want?.(view.first, Math.min(view.last, length)), [view, length]);
  const move = (by) => {
    if (length === 0) return false;
    const next = Math.max(0, Math.min(length - 1, picked < 0 ? 0 : picked + by));
    onPick(next);
    show(box.current, next * height, height);
    return true;
  };
  useKeys('List', [
    ['j, ArrowDown', 'next row', () => move(1)],
    ['k, ArrowUp', 'row before', () => move(-1)],
    ['Enter', 'open', () => (picked >= 0 && picked < length ? onOpen(picked) : false)],
  ]);
  const lines = [];
  for (let i = view.first; i < Math.min(view.last, length); ++i) {
    lines.push(
      <div
        class={`line ${kind} ${i === picked ? 'picked' : ''}`}
        key={i}
        role="row"
        style={{ top: `${i * height}px`, height: `${height}px` }}
        data-index={i}
        onClick={() => {
          onPick(i);
          onOpen(i);
        }}
      >
        {row(i)}
      </div>,
    );
  }
  return (
    <div
      class="list"
      ref={box}
      onScroll={measure}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={length}
    >
      <div class="rows" style={{ height: `${Math.min(length * height, HEIGHT_MAX)}px` }}>
        {lines}
      </div>
    </div>
  );
}

function show(box, top, height) {
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + height > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + height - box.clientHeight;
  }
}
