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
    const status = await ask('/api/status');
    publish({ status, error: null });
    timer = setTimeout(poll, status.loading ? LOADING_MS : LIVE_MS);
  } catch (error) {
    publish({ status: current.status, error });
    timer = setTimeout(poll, FAILED_MS);
  }
  is_running = false;
}

export const poll_status = poll;

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
