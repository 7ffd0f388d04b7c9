// SPDX-License-Identifier: Apache-2.0
//
// A run of 100,000 spans: it opens, and it can be scrolled and zoomed. Frames a second are printed;
// they are judged only where TRACEBUS_FRAMES_MIN says by what, since other work would change them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  jsonl,
  parameter,
  picture,
  picture_other_than,
  sees,
  studio,
  tab,
  troubles,
  until,
} from './rig.mjs';
import { large_run } from './made_events.mjs';

const SPANS = 100_000;
const SECONDS = 2;

// Frames a second while `step` is done before each of them.
const frames_while = (page, step) =>
  page.evaluate(
    ({ seconds, body }) =>
      new Promise((resolve) => {
        const act = new Function('i', 'target', body);
        const target = document.querySelector('.canvas_box .scroller');
        const begin = performance.now();
        let frames = 0;
        const frame = (now) => {
          if (now - begin > seconds * 1e3) {
            resolve((frames * 1e3) / (now - begin));
            return;
          }
          act(frames++, target);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    { seconds: SECONDS, body: step },
  );

const SCROLL = 'target.scrollTop = (i * 997) % (target.scrollHeight - target.clientHeight);';
const ZOOM = `target.dispatchEvent(new WheelEvent('wheel', { deltaY: Math.floor(i / 40) % 2 ? 40 : -40, ctrlKey: true,
  clientX: 900, clientY: 500, bubbles: true, cancelable: true }));`;

test('UsersAsk14_ARunOf100000SpansScrollsAndZooms', async () => {
  const { url } = await studio(jsonl(large_run(SPANS)));
  // The policy of the page forbids to make functions of texts, which measuring does.
  const page = await tab(url, '/run?id=large', { bypassCSP: true });
  await sees(page, '.sub', '100,000 spans');
  const floor = Number(process.env.TRACEBUS_FRAMES_MIN ?? 0);
  const measured = {};
  for (const view of ['waterfall', 'flame']) {
    if (view === 'flame') await page.getByText('Flamegraph').click();
    await page.locator(`[data-view=${view}]`).waitFor();
    const before = await picture(page);
    if (view === 'waterfall') measured.waterfall_scroll = await frames_while(page, SCROLL);
    measured[`${view}_zoom`] = await frames_while(page, ZOOM);
    await picture_other_than(page, before);
  }
  for (const [what, frames] of Object.entries(measured)) {
    console.log(`${what}: ${frames.toFixed(1)} frames/s at ${SPANS} spans`);
    assert.ok(frames > floor, `${what}: ${frames}`);
  }
  assert.deepEqual(await troubles(page), []);
});

test('UsersAsk14_SearchGoesToTheLastOf100000Spans', async () => {
  const { url } = await studio(jsonl(large_run(SPANS)));
  const page = await tab(url, '/run?id=large');
  await sees(page, '.sub', '100,000 spans');
  await page.keyboard.press('/');
  await page.keyboard.type('search');
  await sees(page, '[data-part=found]', /\d\d,\d\d\d found/);
  await page.keyboard.press('Shift+Enter');
  await sees(page, '.drawer h2', 'search');
  await until(
    () => page.locator('.scroller').evaluate((one) => one.scrollTop > one.scrollHeight * 0.9),
    'it is at the end',
  );
  assert.ok(parameter(page, 'span'));
});
