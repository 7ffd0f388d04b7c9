// SPDX-License-Identifier: Apache-2.0
//
// usePages: a long list of the server's, of which only the pages in sight are asked for. When
// `fresh` changes, those are asked for again, and what is shown stays until the answer is there.
import { useEffect, useRef, useState } from 'preact/hooks';

import { ask, query } from './api.js';

const PAGE = 100;
const PAGES_MAX = 60; // that are kept

// pick(answer) gives the answer's list. {matched, at(index), want(first, last), error, again()}.
export function usePages(path, parameters, pick, fresh) {
  const key = path + query(parameters);
  const [state, set] = useState({ key: null, matched: null, pages: new Map(), error: null });
  const [turn, again] = useState(0);
  const asked = useRef(new Map()); // page → for which key and fresh
  const sight = useRef([0, 1]);
  const mark = `${key} ${fresh} ${turn}`;
  const latest = useRef(mark);
  latest.current = mark;

  const load = (page) => {
    if (asked.current.get(page) === mark) return;
    asked.current.set(page, mark);
    ask(path, { ...parameters, limit: PAGE, offset: page * PAGE }).then(
      (answer) => latest.current === mark && set((was) => with_page(was, key, page, answer, pick)),
      (error) => latest.current === mark && set((was) => ({ ...was, key, error })),
    );
  };
  const want = (first, last) => {
    sight.current = [first, last];
    for (let p = Math.floor(first / PAGE); p * PAGE < Math.max(last, 1); ++p) load(p);
  };
  useEffect(() => want(...sight.current), [mark]);

  const is_current = state.key === key;
  return {
    matched: is_current ? state.matched : null,
    at: (index) =>
      is_current ? state.pages.get(Math.floor(index / PAGE))?.[index % PAGE] : undefined,
    want,
    error: is_current ? state.error : null,
    again: () => again((n) => n + 1),
  };
}

function with_page(was, key, page, answer, pick) {
  const pages = was.key === key ? new Map(was.pages) : new Map();
  pages.delete(page);
  pages.set(page, pick(answer));
  if (pages.size > PAGES_MAX) pages.delete(pages.keys().next().value);
  return { key, matched: answer.matched, pages, error: null };
}
