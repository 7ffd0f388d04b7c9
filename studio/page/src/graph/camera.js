// SPDX-License-Identifier: Apache-2.0
//
// Where the picture of a graph stands: {x, y, k}. All of it is in sight at first, and when it is
// another one; what somebody chose instead is in the address, as the point in the middle of the
// picture and how large it is drawn.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { useKeys } from '../keys.jsx';
import { set_parameters } from '../route.jsx';

const K_MIN = 0.08,
  K_MAX = 3,
  K_FIT = 1.25;
const TELL_MS = 300;

// area: {x, y, width, height} of the picture, all of which `fit` shows. of_key names the picture.
export function useCamera(box, { area, of_key, text }) {
  const [at, set] = useState({ x: 0, y: 0, k: 1 });
  const latest = useRef(at),
    timer = useRef(0),
    chosen = useRef(Boolean(text));
  latest.current = at;
  const fit = () => {
    if (!box.current) return; // it is told once more after the picture is gone
    const { clientWidth, clientHeight } = box.current;
    const k = Math.min(
      K_FIT,
      Math.max(
        K_MIN,
        Math.min(clientWidth / (area.width + 48), clientHeight / (area.height + 88)),
      ),
    );
    set({
      k,
      x: clientWidth / 2 - (area.x + area.width / 2) * k,
      y: clientHeight / 2 - (area.y + (area.height + 24) / 2) * k,
    });
  };
  const restore = () => {
    const [x, y, k] = (text ?? '').split(',').map(Number);
    if (!box.current || !(k >= K_MIN && k <= K_MAX)) return fit();
    const { clientWidth, clientHeight } = box.current;
    return set({ k, x: clientWidth / 2 - x * k, y: clientHeight / 2 - y * k });
  };
  const tell = (is_chosen) => {
    chosen.current = is_chosen;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const { x, y, k } = latest.current;
      if (!box.current) return;
      const { clientWidth, clientHeight } = box.current;
      const middle = [(clientWidth / 2 - x) / k, (clientHeight / 2 - y) / k];
      const words = [...middle.map((one) => one.toFixed(0)), k.toFixed(3)].join(',');
      set_parameters({ at: is_chosen ? words : '' });
    }, TELL_MS);
  };
  const move = (change) => {
    set(change);
    tell(true);
  };
  const zoom = (factor, x = box.current.clientWidth / 2, y = box.current.clientHeight / 2) =>
    move((was) => {
      const k = Math.min(K_MAX, Math.max(K_MIN, was.k * factor));
      return { k, x: x - ((x - was.x) / was.k) * k, y: y - ((y - was.y) / was.k) * k };
    });
  const pan = (dx, dy) => move((was) => ({ ...was, x: was.x + dx, y: was.y + dy }));
  const whole = () => {
    fit();
    tell(false);
  };
  const first = useRef(true);
  useLayoutEffect(() => {
    if (first.current && text) restore();
    else {
      chosen.current = false;
      fit();
    }
    first.current = false;
  }, [of_key, area.width > 0]);
  // The answer comes later than its question: only then it is known where all of it is.
  useLayoutEffect(() => {
    if (!chosen.current) fit();
  }, [area]);
  useEffect(() => {
    const resize = new ResizeObserver(() => chosen.current || fit());
    resize.observe(box.current);
    return () => resize.disconnect();
  }, [area]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => listen(box.current, zoom, pan), []);
  useKeys('Graph', [
    ['+, =', 'closer', () => zoom(1.25)],
    ['-', 'farther', () => zoom(0.8)],
    ['0', 'all of it', whole],
    ['a, ArrowLeft', 'left', () => pan(60, 0)],
    ['d, ArrowRight', 'right', () => pan(-60, 0)],
    ['w, ArrowUp', 'up', () => pan(0, 60)],
    ['s, ArrowDown', 'down', () => pan(0, -60)],
  ]);
  return [at, { fit: whole, zoom }];
}

function listen(box, zoom, pan) {
  let last = null,
    moved = 0;
  const on = {
    wheel(event) {
      event.preventDefault();
      const from = box.getBoundingClientRect();
      zoom(
        Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.004),
        event.clientX - from.left,
        event.clientY - from.top,
      );
    },
    pointerdown(event) {
      last = event.button === 0 && !event.target.closest('.graph_tools') ? event : null;
      moved = 0;
    },
    pointermove(event) {
      if (!last) return;
      const dx = event.clientX - last.clientX,
        dy = event.clientY - last.clientY;
      moved += Math.abs(dx) + Math.abs(dy);
      if (moved < 4) return;
      if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
      box.classList.add('moved');
      pan(dx, dy);
      last = event;
    },
    pointerup() {
      last = null;
      box.classList.remove('moved');
    },
  };
  for (const [name, listener] of Object.entries(on))
    box.addEventListener(name, listener, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(on)) box.removeEventListener(name, listener);
  };
}
