// SPDX-License-Identifier: Apache-2.0
//
// The rig of the page's tests: the real program over files of a test's own, and a browser that
// tells of everything that went wrong in it. TRACEBUS_PROGRAM is the program, TRACEBUS_MODULES the
// folder that install.sh filled, TRACEBUS_DATA tests/data.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const required = (name) => {
  if (!process.env[name]) throw new Error(`${name} is not set; ctest sets it (tests/studio/page)`);
  return process.env[name];
};
const { chromium } = createRequire(join(required('TRACEBUS_MODULES'), 'x'))('playwright-core');
const PROGRAM = required('TRACEBUS_PROGRAM');
export const DATA = required('TRACEBUS_DATA');
export const FIXTURE = join(DATA, 'traces/pyagent_sample_trace.jsonl');
export const PATIENCE_MS = 60_000; // for machines that do much else

const folder = mkdtempSync(join(tmpdir(), 'tracebus-page-'));
const closers = [() => rmSync(folder, { recursive: true, force: true })];
after(async () => {
  for (const close of closers.reverse()) await close();
});

let files = 0;

// A file of a line for each event. Gives its path.
export function jsonl(events) {
  const path = join(folder, `events-${++files}.jsonl`);
  writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return path;
}

export function text_file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export const json_of = (path) => JSON.parse(readFileSync(path, 'utf8'));

// Starts the program; gives its address without a slash at the end.
export async function studio(...options) {
  const port = options.includes('--port') ? [] : ['--port', '0'];
  const child = spawn(PROGRAM, ['studio', ...port, '--no-otlp', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no address came: ${said}`)), PATIENCE_MS);
    const read = (bytes) => {
      said += bytes;
      const match = /http:\/\/[^\s/]+/.exec(said);
      if (!match) return;
      clearTimeout(late);
      resolve(match[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the program ended with ${code}: ${said}`));
    });
  });
  const ended = new Promise((resolve) => {
    child.on('exit', resolve);
  });
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  closers.push(stop);
  const address = await url;
  await until(async () => !(await ask(address, '/api/status')).loading, 'files are loaded');
  return { url: address, stop, ask: (path) => ask(address, path) };
}

async function ask(address, path) {
  const response = await fetch(address + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return response.json();
}

// Waits until what() is true; an error names what did not happen.
export async function until(what, words) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await what();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`did not happen in ${PATIENCE_MS} ms: ${words}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}

let browser = null;

// A tab whose `troubles` are all errors, alerts and violations of the policy. `path` is opened.
export async function tab(url, path = '/', options = {}) {
  if (!browser) {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({
      executablePath: process.env.TRACEBUS_CHROMIUM ?? '/usr/bin/chromium',
      args,
    });
    closers.push(() => browser.close());
  }
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      page.troubles.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    page.troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url + path);
  return page;
}

// All that went wrong in a tab, policy and all.
export async function troubles(page) {
  return [...page.troubles, ...(await page.evaluate(() => globalThis.violations))];
}

// Waits for a text to stand in what a selector finds.
export async function sees(page, selector, text) {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

export const headline = (page) => page.locator('h1.headline').innerText();

export const parameter = (page, name) => new URL(page.url()).searchParams.get(name);

// The pixels of the canvas, as a text that is the same for the same picture.
export const picture = (page) =>
  page
    .locator('.canvas_box canvas')
    .first()
    .evaluate((canvas) => canvas.toDataURL());

// Waits until the canvas shows something else than `before`; gives that.
export const picture_other_than = (page, before) =>
  until(async () => {
    const now = await picture(page);
    return now !== before && now;
  }, 'the picture changes');

// events as OTLP would have them, sent to the program's own port: as an agent sends while people look.
export async function send(url, spans) {
  const body = { resourceSpans: [{ scopeSpans: [{ spans: spans.map(otlp_span) }] }] };
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

let spans_sent = 0;

function otlp_span({
  name,
  attributes = {},
  trace = '5b8efff798038103d269b633813fc60c',
  parent,
  failed,
}) {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId: trace,
    spanId: (0x1000000000000000n + BigInt(++spans_sent)).toString(16),
    parentSpanId: parent,
    name,
    kind: 1,
    startTimeUnixNano: String(now - 5_000_000n),
    endTimeUnixNano: String(now),
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: { stringValue: value },
    })),
    status: failed ? { code: 2, message: failed } : {},
  };
}
