// SPDX-License-Identifier: Apache-2.0
//
// What is selected of a run holds in all of its views: a part of the time, and a span, with what
// lies below it. Each is a chip that ends it.
import { duration } from '../format.js';

const SLACK_MS = 1; // texts of times are cut to what a clock of milliseconds says

export class Selection {
  constructor(tree, { from, to, span }) {
    this.tree = tree;
    this.span = tree.find(span);
    this.from = tree.first_ms;
    this.to = Infinity;
    this.has_time = from !== undefined && Number(to) > Number(from);
    if (this.has_time) {
      this.from = tree.first_ms + Number(from);
      this.to = tree.first_ms + Number(to);
    }
  }

  is_all() {
    return !this.has_time && this.span < 0;
  }

  has(span) {
    const { tree } = this;
    if (this.span >= 0 && (span < this.span || span >= tree.behind[this.span])) return false;
    return tree.end[span] >= this.from && tree.start[span] <= this.to;
  }

  // Whether an event is of it, by its span, or by its time where it names none of the tree.
  has_event(event) {
    if (this.is_all()) return true;
    const span = this.tree.find(event.span_id);
    if (span >= 0) return this.has(span);
    const at = Date.parse(event.time) - this.tree.began_ms;
    return this.span < 0 && !(at < this.from - SLACK_MS) && !(at > this.to + SLACK_MS);
  }

  // The time in which all that is selected happened: {since, until} as the server takes them.
  // of_kind(span): which spans are meant.
  filters(of_kind) {
    const { tree } = this;
    if (this.is_all() || tree.began_ms === null) return {};
    let first = this.from,
      last = this.to;
    if (of_kind) {
      const spans = Array.from({ length: tree.length }, (_, i) => i).filter(
        (one) => of_kind(one) && this.has(one),
      );
      first = spans.reduce((at, one) => Math.min(at, tree.start[one]), first);
      last = spans.reduce((at, one) => Math.max(at, tree.end[one]), last);
    } else if (this.span >= 0) {
      first = Math.max(first, tree.start[this.span]);
      last = Math.min(last, tree.end[this.span]);
    }
    const iso = (ms) => new Date(tree.began_ms + ms).toISOString();
    return {
      since: iso(Math.floor(first) - SLACK_MS),
      ...(Number.isFinite(last) ? { until: iso(Math.ceil(last) + 2 * SLACK_MS) } : {}),
    };
  }
}

export function SelectionChips({ selection, view, onSelect }) {
  const { tree, span, has_time } = selection;
  if (selection.is_all()) return null;
  const time = (ms) => duration(ms - tree.first_ms);
  return (
    <div class="row chips" data-part="selection">
      {has_time && (
        <button
          class="chip on"
          type="button"
          title="Only what happened then is shown; press for all of the time"
          onClick={() => view.reset()}
        >
          {`${time(selection.from)} to ${time(selection.to)}`} ✕
        </button>
      )}
      {span >= 0 && (
        <button
          class="chip on"
          type="button"
          title="Only this span and what lies below it are listed; press to end that"
          onClick={() => onSelect(-1)}
        >
          <span class="cut">{tree.label(span)}</span> ✕
        </button>
      )}
    </div>
  );
}
