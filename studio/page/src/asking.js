// SPDX-License-Identifier: Apache-2.0
//
// Asking: one question at a time, asked again when there is something new. What becomes new while
// it is asked never ends it, however often that is: its answer is shown, and it is asked once more
// after it. Between a slow answer and the next question there is a rest as long as the answer took,
// so that the server has half of its time for others.
import { ask } from './api.js';

const REST_MAX_MS = 10_000;

export class Asking {
  // told(key, answer, error) gets one of the two.
  constructor(told) {
    this.told = told;
    this.key = null; // of the question that is asked, or was asked last
    this.stop = null; // while it is asked
    this.next = null; // the same question, once more
    this.timer = 0;
  }

  // Another key ends what is asked; the same one waits for it.
  want(key, path, parameters) {
    if (key !== this.key) this.end();
    this.key = key;
    if (this.stop || this.timer) this.next = [path, parameters];
    else this.begin(path, parameters);
  }

  async begin(path, parameters) {
    const { key } = this,
      stop = (this.stop = new AbortController()),
      began = performance.now();
    let answer = null,
      error = null;
    try {
      answer = await ask(path, parameters, stop.signal);
    } catch (why) {
      error = why;
    }
    if (stop.signal.aborted) return;
    this.stop = null;
    this.told(key, answer, error);
    this.timer = setTimeout(
      () => this.rested(),
      Math.min(REST_MAX_MS, performance.now() - began),
    );
  }

  rested() {
    this.timer = 0;
    const { next } = this;
    this.next = null;
    if (next) this.begin(...next);
  }

  end() {
    this.stop?.abort();
    clearTimeout(this.timer);
    Object.assign(this, { key: null, stop: null, next: null, timer: 0 });
  }
}
