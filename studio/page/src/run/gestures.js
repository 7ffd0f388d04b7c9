// SPDX-License-Identifier: Apache-2.0
//
// The mouse and the finger on a canvas of time: drag moves, the wheel scrolls, with Ctrl or Alt it
// zooms where the pointer is, and two fingers zoom. A press that did not move is a click.
const CLICK_PX = 4;

// at(event) tells the time under the pointer; `free` says that a plain wheel may zoom.
export function listen(box, { view, at, width, click, open, hover, leave, free, scroll }) {
  const pointers = new Map();
  let moved = 0,
    last = null,
    spread = 0;
  const span_of = () => {
    const [a, b] = [...pointers.values()];
    return Math.abs(a - b);
  };
  const on = {
    pointerdown(event) {
      if (event.button !== 0 || event.offsetX >= box.clientWidth) return;
      pointers.set(event.pointerId, event.clientX);
      moved = 0;
      last = event;
      if (pointers.size === 2) spread = span_of();
    },
    pointermove(event) {
      if (!pointers.has(event.pointerId)) return hover(event);
      pointers.set(event.pointerId, event.clientX);
      if (pointers.size === 2) {
        const next = Math.max(1, span_of());
        view.zoom(spread / next, at(event));
        spread = next;
        return undefined;
      }
      const dx = event.clientX - last.clientX,
        dy = event.clientY - last.clientY;
      moved += Math.abs(dx) + Math.abs(dy);
      if (moved > CLICK_PX) {
        if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
        view.pan(-dx / Math.max(1, width()));
        scroll?.(-dy);
        last = event;
      }
      return undefined;
    },
    pointerup(event) {
      if (pointers.delete(event.pointerId) && moved <= CLICK_PX && pointers.size === 0)
        click(event);
    },
    pointercancel: (event) => pointers.delete(event.pointerId),
    pointerleave: leave,
    dblclick: open,
    wheel(event) {
      const is_zoom =
        event.ctrlKey ||
        event.altKey ||
        (free() && !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX));
      const across = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (is_zoom)
        view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.005), at(event));
      else if (
        Math.abs(across) > 0 &&
        (event.shiftKey || Math.abs(across) > Math.abs(event.deltaY))
      ) {
        view.pan(across / Math.max(1, width()));
      } else return;
      event.preventDefault();
    },
  };
  for (const [name, listener] of Object.entries(on)) {
    box.addEventListener(name, listener, name === 'wheel' ? { passive: false } : undefined);
  }
  return () => {
    for (const [name, listener] of Object.entries(on)) box.removeEventListener(name, listener);
  };
}

// W A S D, held down: moves a little each frame until the key is up. Gives what ends it.
export function listen_for_travel(view) {
  const held = new Set();
  let frame = 0,
    before = 0;
  const step = (now) => {
    const dt = Math.min(50, now - before || 16) / 1000;
    before = now;
    if (held.has('w')) view.zoom(Math.exp(-3 * dt), view.cursor ?? undefined);
    if (held.has('s')) view.zoom(Math.exp(3 * dt), view.cursor ?? undefined);
    if (held.has('a')) view.pan(-1.2 * dt);
    if (held.has('d')) view.pan(1.2 * dt);
    frame = held.size ? requestAnimationFrame(step) : 0;
  };
  const down = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input, select, textarea, .dialog')) return;
    if (!'wasd'.includes(event.key)) return;
    held.add(event.key);
    before = performance.now();
    if (!frame) frame = requestAnimationFrame(step);
  };
  const up = (event) => held.delete(event.key.toLowerCase());
  const lost = () => held.clear();
  addEventListener('keydown', down);
  addEventListener('keyup', up);
  addEventListener('blur', lost);
  return () => {
    cancelAnimationFrame(frame);
    removeEventListener('keydown', down);
    removeEventListener('keyup', up);
    removeEventListener('blur', lost);
  };
}
