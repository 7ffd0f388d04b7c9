// SPDX-License-Identifier: Apache-2.0
//
// TimeView: which part of the time is in sight, and where the cursor is. Waterfall and flamegraph
// share one, so that what is found in one is under the cursor in the other.
const MIN_SHARE = 1e-7;

export class TimeView {
  constructor(first, last) {
    this.first = first;
    this.last = last;
    this.from = first;
    this.to = last;
    this.cursor = null;
    this.listeners = new Set();
  }

  // Calls back on each change; gives what ends that.
  watch(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  is_whole() {
    return this.from <= this.first && this.to >= this.last;
  }

  show(from, to) {
    const whole = this.last - this.first;
    const width = Math.min(whole, Math.max(to - from, whole * MIN_SHARE));
    this.from = Math.min(Math.max(from, this.first), this.last - width);
    this.to = this.from + width;
    this.changed();
  }

  // factor < 1 comes closer; `at` stays where it is.
  zoom(factor, at = (this.from + this.to) / 2) {
    this.show(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }

  // The run has become longer: who saw all of it still does.
  grow(first, last) {
    const was_whole = this.is_whole();
    this.first = first;
    this.last = last;
    if (was_whole) this.reset();
    else this.changed();
  }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  reset() {
    this.show(this.first, this.last);
  }

  point(at) {
    if (this.cursor === at) return;
    this.cursor = at;
    this.changed();
  }
}
