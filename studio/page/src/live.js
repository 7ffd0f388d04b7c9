// SPDX-License-Identifier: Apache-2.0
//
// useLive: the events that come, as they come. At most EVENTS_MAX are kept, and what a pause lets
// wait is bounded too: whatever is let go of is counted, as is what the server says was missed.
import { useEffect, useRef, useState } from 'preact/hooks';

import { query } from './api.js';

const EVENTS_MAX = 5_000;
const SHOW_MS = 100; // so often at most the page is drawn anew

export class LiveEvents {
  constructor(path, changed) {
    this.events = []; // {number, event}, the latest last
    this.waiting = [];
    this.came = 0; // in all that are shown, or were
    this.pushed_out = 0; // that were shown, to make room for later ones
    this.let_go = 0; // that waited, and were pushed out
    this.missed = 0;
    this.bad = 0; // that are not JSON
    this.restarted = false; // Studio was, meanwhile: what it had before is gone
    this.paused = false;
    this.state = 'connecting';
    this.changed = changed;
    this.timer = 0;
    this.source = new EventSource(path);
    this.source.onopen = () => this.enter('open');
    this.source.onerror = () => this.enter(this.source.readyState === 2 ? 'closed' : 'connecting');
    this.source.onmessage = (message) => this.take(message);
    this.source.addEventListener('missed', (message) => this.miss(message));
    this.source.addEventListener('restarted', () => this.begin_anew());
  }

  enter(state) {
    this.state = state;
    this.tell();
  }

  take(message) {
    let event;
    try {
      event = JSON.parse(message.data);
    } catch {
      ++this.bad;
      return this.tell();
    }
    const list = this.paused ? this.waiting : this.events;
    list.push({ number: message.lastEventId, event });
    if (list.length > EVENTS_MAX * 1.2) {
      const cut = list.splice(0, list.length - EVENTS_MAX).length;
      if (this.paused) this.let_go += cut;
      else this.pushed_out += cut;
    }
    if (!this.paused) ++this.came;
    return this.tell();
  }

  begin_anew() {
    this.restarted = true;
    this.tell();
  }

  miss(message) {
    try {
      this.missed += Number(JSON.parse(message.data).count) || 0;
    } catch {
      ++this.bad;
    }
    this.tell();
  }

  waits() {
    return this.waiting.length + this.let_go;
  }

  pause(paused) {
    this.paused = paused;
    if (!paused) {
      const all = [...this.events, ...this.waiting];
      this.came += this.waiting.length;
      this.pushed_out += Math.max(0, all.length - EVENTS_MAX);
      this.events = all.slice(-EVENTS_MAX);
      this.missed += this.let_go;
      this.waiting = [];
      this.let_go = 0;
    }
    this.tell();
  }

  tell() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.changed();
    }, SHOW_MS);
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}

// null until the first effect ran.
export function useLive(filters) {
  const [, draw] = useState(0);
  const live = useRef(null);
  const path = `/traces/live${query(filters)}`;
  useEffect(() => {
    live.current = new LiveEvents(path, () => draw((n) => n + 1));
    draw((n) => n + 1);
    return () => live.current.close();
  }, [path]);
  return live.current;
}
