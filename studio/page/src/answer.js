// SPDX-License-Identifier: Apache-2.0
//
// useAnswer: what the server says to one question, asked again when the question changes and,
// with `fresh`, when the store has grown. An older answer stays until the new one is there.
import { useEffect, useRef, useState } from 'preact/hooks';

import { query } from './api.js';
import { Asking } from './asking.js';

// path null: nothing is asked. {answer, before, error, loading, again()}.
export function useAnswer(path, parameters = {}, fresh = 0) {
  const key = path && path + query(parameters);
  const [state, set] = useState({ key: null, answer: null, error: null });
  const [turn, again] = useState(0);
  const asking = useRef(null);
  asking.current ??= new Asking((of, answer, error) =>
    set((was) => ({
      key: of,
      answer: answer ?? (was.key === of ? was.answer : null),
      error,
    })),
  );
  useEffect(() => {
    if (path) asking.current.want(key, path, parameters);
    else asking.current.end();
  }, [key, fresh, turn]);
  useEffect(() => () => asking.current.end(), []);

  const is_current = state.key === key;
  return {
    answer: is_current ? state.answer : null,
    before: state.answer,
    error: is_current ? state.error : null,
    loading: Boolean(path) && !is_current,
    again: () => again((n) => n + 1),
  };
}
