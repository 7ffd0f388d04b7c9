// SPDX-License-Identifier: Apache-2.0
//
// The time of a run that goes on: by the clock of the server, what is open in it becomes longer,
// and so does the view of who sees all of it.
import { useEffect, useRef, useState } from 'preact/hooks';

import { goes_on, server_now, useStatus } from '../status.js';
import { TimeView } from './view.js';

const STEP_MS = 200;

// The view of a run, and how many seconds it goes on for as seen here.
export function useTicking(tree) {
  const { status } = useStatus();
  const view = useRef(null);
  view.current ??= new TimeView(tree.first_ms, tree.last_ms);
  const [seconds, set] = useState(0);
  const runs = goes_on(tree.run, status) && tree.began_ms !== null;
  useEffect(() => {
    const step = () => {
      const now = runs ? server_now() : null;
      if (now !== null) {
        tree.advance(now - tree.began_ms);
        set(Math.floor(now / 1000));
      }
      if (view.current.first !== tree.first_ms || view.current.last !== tree.last_ms)
        view.current.grow(tree.first_ms, tree.last_ms);
    };
    step();
    if (!runs) {
      tree.is_running = false;
      return undefined;
    }
    const timer = setInterval(() => document.hidden || step(), STEP_MS);
    return () => clearInterval(timer);
  }, [tree, runs]);
  return { view: view.current, seconds };
}
