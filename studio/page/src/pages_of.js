// SPDX-License-Identifier: Apache-2.0
//
// usePages: a long list of the server's, of which only the pages in sight are asked for. When
// `fresh` changes, those are asked for again, and what is shown stays until the answer is there.
import { useEffect, useRef, useState } from 'preact/hooks';

import { query } from './api.js';
import { Asking } from './asking.js';

const PAGE = 100;
const PAGES_MAX = 60; // that are kept

class Pages {
  constructor(changed) {
    this.changed = changed;
    this.key = null;
    this.matched = null;
    this.error = null;
    this.pages = new Map(); // number → rows, the latest told last
    this.asked = new Map(); // number → Asking
    this.sight = [0, 1];
  }

  open(question) {
    const { key, fresh } = question;
    this.question = question;
    if (this.key === key) return;
    this.end();
    Object.assign(this, { key, fresh, matched: null, error: null, pages: new Map() });
  }

  // Rows first to last come in sight: what is not there of them is asked for.
  want(first, last) {
    this.sight = [first, last];
    for (const page of this.in_sight()) if (!this.pages.has(page)) this.ask(page);
    for (const [page, asking] of this.asked) {
      if (this.in_sight().includes(page)) continue;
      asking.end(); // who scrolls by does not wait for what went by
      this.asked.delete(page);
    }
  }

  // What is in sight is asked for again, where it was asked for before that.
  renew(fresh) {
    const is_again = fresh !== this.fresh;
    this.fresh = fresh;
    for (const page of this.in_sight()) this.ask(page, is_again);
  }

  in_sight() {
    const [first, last] = this.sight,
      all = [];
    for (let p = Math.floor(first / PAGE); p * PAGE < Math.max(last, 1); ++p) all.push(p);
    return all;
  }

  ask(page, is_again = false) {
    let asking = this.asked.get(page);
    if (asking && !is_again) return;
    if (!asking) {
      asking = new Asking((key, answer, error) => this.take(page, answer, error));
      this.asked.set(page, asking);
    }
    const { key, path, parameters } = this.question;
    asking.want(key, path, { ...parameters, limit: PAGE, offset: page * PAGE });
  }

  take(page, answer, error) {
    this.error = error;
    if (answer) {
      this.matched = answer.matched;
      this.pages.delete(page);
      this.pages.set(page, this.question.pick(answer));
      if (this.pages.size > PAGES_MAX) this.pages.delete(this.pages.keys().next().value);
    }
    this.changed();
  }

  // Among the rows that are there.
  find(is_wanted) {
    for (const [page, rows] of this.pages) {
      const at = rows.findIndex(is_wanted);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  at(index) {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  end() {
    for (const asking of this.asked.values()) asking.end();
    this.asked.clear();
  }
}

// pick(answer) gives the answer's list. {matched, at(index), find(is_wanted), want(first, last),
// error, again()}. matched is null until the first answer, and where there is none.
export function usePages(path, parameters, pick, fresh) {
  const key = path + query(parameters);
  const [, draw] = useState(0);
  const held = useRef(null);
  held.current ??= new Pages(() => draw((n) => n + 1));
  const pages = held.current;
  pages.open({ key, path, parameters, pick, fresh });
  useEffect(() => pages.renew(fresh), [key, fresh]);
  useEffect(() => () => pages.end(), []);
  return {
    matched: pages.matched,
    at: (index) => pages.at(index),
    find: (is_wanted) => pages.find(is_wanted),
    want: (first, last) => pages.want(first, last),
    error: pages.error,
    again: () => pages.renew(null),
  };
}
