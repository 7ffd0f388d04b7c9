// SPDX-License-Identifier: Apache-2.0
//
// RunTree: a run's spans as the server's columns, made ready once, so that drawing a frame costs
// what is in sight and not what is there. A span is its index; children follow their parent.
import { color_number } from '../colors.js';

// Rows that are no spans stand for what has no place in the tree.
export const ORPHANS = -1;

export class RunTree {
  constructor(answer) {
    const { spans, texts } = answer;
    this.texts = texts;
    this.columns = spans;
    this.length = spans.span_id.length;
    this.truncated = answer.truncated;
    this.run = answer.run;
    this.began_ms = answer.start ? new Date(answer.start).getTime() : null;
    this.parent = Int32Array.from(spans.parent);
    this.start = Float64Array.from(spans.start_ms, (ms) => ms ?? 0);
    this.end = new Float64Array(this.length);
    this.close_ends();
    this.find_subtrees();
    this.color = Uint8Array.from(spans.agent, (agent) => color_number(texts[agent]));
    this.lowered = null;
    this.by_id = null;
  }

  // What is open lasts at least as long as what is known of it and of what is below it.
  close_ends() {
    const { duration_ms, open } = this.columns;
    this.open = [];
    for (let i = this.length - 1; i >= 0; --i) {
      const parent = this.parent[i];
      this.end[i] = Math.max(this.end[i], this.start[i] + (duration_ms[i] ?? 0));
      if (open[i]) this.open.push(i);
      if (parent >= 0 && open[parent]) this.end[parent] = Math.max(this.end[parent], this.end[i]);
    }
    this.open_spans = this.open.length;
    this.first_ms = this.length ? this.start.reduce((a, b) => Math.min(a, b)) : 0;
    this.last_ms = this.end.reduce((a, b) => Math.max(a, b), this.first_ms + 1e-6);
    this.is_running = false;
  }

  // The run goes on, and it is so many milliseconds since `began_ms`: so is what is open in it.
  advance(now_ms) {
    this.is_running = true;
    if (!(now_ms > this.last_ms)) return;
    this.last_ms = now_ms;
    for (const i of this.open) this.end[i] = Math.max(this.end[i], now_ms);
  }

  find_subtrees() {
    this.behind = new Int32Array(this.length); // the first span behind the subtree
    this.depth = new Uint16Array(this.length);
    for (let i = this.length - 1; i >= 0; --i) {
      this.behind[i] = Math.max(this.behind[i], i + 1);
      const parent = this.parent[i];
      if (parent >= 0) this.behind[parent] = Math.max(this.behind[parent], this.behind[i]);
    }
    this.roots = [];
    this.orphans = [];
    for (let i = 0; i < this.length; ++i) {
      const parent = this.parent[i];
      if (parent >= 0) this.depth[i] = Math.min(this.depth[parent] + 1, 65_535);
      else (this.is_misplaced(i) ? this.orphans : this.roots).push(i);
    }
  }

  is_misplaced(span) {
    const place = this.text('place', span);
    return place === 'orphan' || place === 'cycle';
  }

  text(column, span) {
    return this.texts[this.columns[column][span]] ?? '';
  }

  label(span) {
    return this.text('name', span) || this.text('agent', span) || this.text('kind', span) || 'span';
  }

  has_children(span) {
    return this.behind[span] > span + 1;
  }

  has_failed(span) {
    return this.text('status', span) === 'error';
  }

  // What a link calls a span: its id, or its place where it has none of its own.
  key_of(span) {
    const id = this.columns.span_id[span];
    return id && this.find(id) === span ? id : `@${span}`;
  }

  // The span that key_of gave the key of, or -1.
  find(key) {
    if (!key) return -1;
    this.by_id ??= new Map(this.columns.span_id.map((id, i) => [id, i]).reverse());
    const place = key.startsWith('@') ? Number(key.slice(1)) : this.by_id.get(key);
    return Number.isInteger(place) && place >= 0 && place < this.length ? place : -1;
  }

  // The rows from top to bottom: spans, and ORPHANS above those whose parent is not there. What is
  // below a folded span is left out.
  rows(folded) {
    const rows = new Int32Array(this.length + 1);
    let length = 0;
    const walk = (root) => {
      for (let i = root; i < this.behind[root];) {
        rows[length++] = i;
        i = folded.has(i) ? this.behind[i] : i + 1;
      }
    };
    for (const root of this.roots) walk(root);
    if (this.orphans.length) {
      rows[length++] = ORPHANS;
      if (!folded.has(ORPHANS)) for (const root of this.orphans) walk(root);
    }
    return rows.subarray(0, length);
  }

  // The spans whose name, agent, model, kind, error or id has the text, in any case.
  search(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    this.lowered ??= this.texts.map((one) => one.toLowerCase());
    const has = this.lowered.map((one) => one.includes(wanted));
    const { name, agent, model, kind, error, span_id } = this.columns;
    const found = [];
    for (let i = 0; i < this.length; ++i) {
      if (
        has[name[i]] ||
        has[agent[i]] ||
        has[model[i]] ||
        has[kind[i]] ||
        has[error[i]] ||
        span_id[i] === wanted
      )
        found.push(i);
    }
    return found;
  }

  // How many spans without children run at once, in `buckets` equal parts of the time.
  busy(buckets) {
    const sums = new Float64Array(buckets + 1);
    const scale = buckets / (this.last_ms - this.first_ms);
    for (let i = 0; i < this.length; ++i) {
      if (this.has_children(i)) continue;
      const from = Math.min(buckets - 1, Math.floor((this.start[i] - this.first_ms) * scale));
      const until = Math.min(buckets - 1, Math.floor((this.end[i] - this.first_ms) * scale));
      sums[from] += 1;
      sums[until + 1] -= 1;
    }
    for (let i = 1; i <= buckets; ++i) sums[i] += sums[i - 1];
    return sums.subarray(0, buckets);
  }
}
