// SPDX-License-Identifier: Apache-2.0
//
// useAnswer: what the server says to one question, asked again when the question changes and,
// with `fresh`, when the store has grown. An older answer stays until the new one is there.
import { useEffect, useRef, useState } from 'preact/hooks';

import { ask, query } from './api.js';

// path null: nothing is asked. {answer, error, loading, again()}.
export function useAnswer(path, parameters = {}, fresh = 0) {
  const key = path && path + query(parameters);
  const [state, set] = useState({ key: null, answer: null, error: null });
  const [turn, again] = useState(0);
  const busy = useRef(null);

  useEffect(() => {
    if (!path) return undefined;
    const stop = new AbortController();
    busy.current = key;
    ask(path, parameters, stop.signal).then(
      (answer) => set({ key, answer, error: null }),
      (error) => {
        if (stop.signal.aborted) return;
        set((before) => ({ key, answer: before.key === key ? before.answer : null, error }));
      },
    );
    return () => stop.abort();
  }, [key, fresh, turn]);

  const is_current = state.key === key;
  return {
    answer: is_current ? state.answer : null,
    before: state.answer,
    error: is_current ? state.error : null,
    loading: Boolean(path) && !is_current,
    again: () => again((n) => n + 1),
  };
}
