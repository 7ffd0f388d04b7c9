// SPDX-License-Identifier: Apache-2.0
//
// A list of any length, of which only the rows in sight are in the document. j and k move, Enter
// opens.
//
// Browsers draw no element taller than some millions of pixels. Of a list that is taller, the
// scrollbar stands for its place in the whole, and what scrolls a little scrolls the rows by just
// that: `top`, in pixels of the whole list, is what counts, and the scrollbar follows it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { useKeys } from '../keys.jsx';

const OVERSCAN = 6;
const HEIGHT_MAX = 8_000_000;
const SETTLE_MS = 150;

class Scroll {
  constructor() {
    this.top = 0;
    this.told = 0; // where the scrollbar was put, or was last seen
    this.timer = 0;
  }

  // The list is `whole` pixels high, and `box` shows part of it.
  measure(box, whole) {
    this.box = box;
    this.whole = whole;
    this.tall = Math.min(whole, HEIGHT_MAX);
    this.clamp();
  }

  most() {
    return Math.max(0, this.whole - this.box.clientHeight);
  }

  clamp() {
    this.top = Math.max(0, Math.min(this.top, this.most()));
  }

  // Of a pixel of the scrollbar's way.
  scale() {
    return this.most() / Math.max(1, this.tall - this.box.clientHeight);
  }

  scrolled() {
    const { scrollTop, clientHeight } = this.box,
      by = scrollTop - this.told;
    this.told = scrollTop;
    if (this.whole <= HEIGHT_MAX) this.top = scrollTop;
    else if (Math.abs(by) > clientHeight) this.top = scrollTop * this.scale();
    else this.top += by;
    this.clamp();
    if (this.whole <= HEIGHT_MAX) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.follow(), SETTLE_MS);
  }

  // The scrollbar goes to where `top` is, and no row moves.
  follow() {
    this.box.scrollTop = this.top / this.scale();
    this.told = this.box.scrollTop;
    this.moved?.();
  }

  show(from, height) {
    const room = this.box.clientHeight;
    if (from < this.top) this.top = from;
    else if (from + height > this.top + room) this.top = from + height - room;
    else return;
    this.follow();
  }
}

// row(index) gives what stands in a line; picked is an index or -1. want(first, last) is told
// which rows are in sight, so that they can be asked for, and onHead(bool) whether the first is.
export function Rows(props) {
  const { length, height = 40, kind, row, picked, onPick, onOpen, want, label, onHead } = props;
  const box = useRef(null),
    scroll = useRef(null);
  scroll.current ??= new Scroll();
  const [view, set] = useState({ first: 0, last: 40, shift: 0 });
  const measure = () => {
    if (!box.current) return; // it is told once more after the list is gone
    const of = scroll.current;
    of.measure(box.current, length * height);
    const first = Math.max(0, Math.floor(of.top / height) - OVERSCAN);
    const last = Math.min(
      length,
      Math.ceil((of.top + box.current.clientHeight) / height) + OVERSCAN,
    );
    const shift = length * height > HEIGHT_MAX ? of.told - of.top : 0;
    set((was) =>
      was.first === first && was.last === last && was.shift === shift
        ? was
        : { first, last, shift },
    );
    onHead?.(of.top < height);
  };
  scroll.current.moved = measure;
  useLayoutEffect(measure, [length, height]);
  useEffect(() => {
    const resize = new ResizeObserver(measure);
    resize.observe(box.current);
    return () => resize.disconnect();
  }, [length]);
  useEffect(() => () => clearTimeout(scroll.current.timer), []);
  useEffect(() => want?.(view.first, Math.min(view.last, length)), [view, length]);
  const move = (by) => {
    if (length === 0) return false;
    const to = picked < 0 ? Math.ceil(scroll.current.top / height) : picked + by;
    const next = Math.max(0, Math.min(length - 1, to));
    onPick(next);
    scroll.current.show(next * height, height);
    measure();
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
        aria-selected={String(i === picked)}
        style={{ top: `${i * height + view.shift}px`, height: `${height}px` }}
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
      onScroll={() => {
        scroll.current.measure(box.current, length * height);
        scroll.current.scrolled();
        measure();
      }}
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
