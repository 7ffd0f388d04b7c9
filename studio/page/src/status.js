// SPDX-License-Identifier: Apache-2.0
//
// What the store holds, asked again and again: often while a file is loaded, seldom when all is
// still. `useFresh` is a number that changes when there is something new to show.
import { useEffect, useState } from 'preact/hooks';

import { ask } from './api.js';

const LOADING_MS = 400;
const LIVE_MS = 2_000;
const FAILED_MS = 3_000;

const listeners = new Set();
let current = { status: null, error: null };
let ahead_ms = null; // the server's clock, of ours
let timer = 0;
let is_running = false;

function publish(next) {
  current = next;
  for (const listener of [...listeners]) listener(current);
}

async function poll() {
  clearTimeout(timer);
  if (is_running) return;
  is_running = true;
  try {
    const asked = Date.now();
    const status = await ask('/api/status');
    const now = Date.parse(status.now);
    ahead_ms = Number.isNaN(now) ? null : now - (asked + Date.now()) / 2;
    publish({ status, error: null });
    timer = setTimeout(poll, status.loading ? LOADING_MS : LIVE_MS);
  } catch (error) {
    publish({ status: current.status, error });
    timer = setTimeout(poll, FAILED_MS);
  }
  is_running = false;
}

export const poll_status = poll;

// Milliseconds since 1970 by the clock of the server, or null as long as it has not said it.
export const server_now = () => (ahead_ms === null ? null : Date.now() + ahead_ms);

// Whether a run goes on, and so its time: events may come, and it neither ended nor is silent.
export const goes_on = (run, status) => run?.status === 'open' && Boolean(status?.live);

// How long a run took, or until now where it goes on.
export function run_duration(run, status) {
  const now = server_now();
  if (!goes_on(run, status) || now === null || !run.start) return run.duration_ms;
  return Math.max(run.duration_ms ?? 0, now - Date.parse(run.start));
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) clearTimeout(timer);
  else poll();
});

export function useStatus() {
  const [value, set] = useState(current);
  useEffect(() => {
    listeners.add(set);
    set(current);
    return () => listeners.delete(set);
  }, []);
  return value;
}

// Of the store's content: the same as long as nothing came, loaded or was let go of.
export function useFresh() {
  const { status } = useStatus();
  return status ? `${status.last_id}.${status.events}.${status.evicted}.${status.loading}` : '';
}
