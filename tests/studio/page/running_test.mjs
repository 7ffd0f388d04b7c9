// SPDX-License-Identifier: Apache-2.0
//
// A run while it runs, and what is selected of a run, in all of its views.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headline, jsonl, parameter, picture, sees, studio, tab, troubles, until } from './rig.mjs';
import { event, small_run, span_id } from './made_events.mjs';

// The events as if the first of them came just now.
const just_now = (events) => {
  const late_s = Date.now() / 1e3 - events[0].timestamp;
  return events.map((one) => ({ ...one, timestamp: one.timestamp + late_s }));
};

const seconds_of = (words) => {
  const match = /running for (?:(\d+) m )?([\d.]+) s/.exec(words);
  return match ? Number(match[1] ?? 0) * 60 + Number(match[2]) : null;
};

test('UsersAsk18_ARunThatGoesOnIsAsLongAsItHasBeenRunning', async () => {
  const { url } = await studio(jsonl(just_now(small_run())));
  const page = await tab(url, `/run?id=run-1&span=${span_id(9)}`);
  await sees(page, 'h1', 'has been running for');
  await sees(page, '.drawer', 'still running');
  const first = await until(async () => seconds_of(await headline(page)), 'it says for how long');
  await until(async () => seconds_of(await headline(page)) >= first + 2, 'the time goes on');
  await page.goto(`${url}/runs`);
  await until(async () => {
    const row = await page.locator('.list .line').first().innerText();
    return Number(/([\d.]+) s/.exec(row)?.[1]) > first;
  }, 'so it does in the list');
  assert.deepEqual(await troubles(page), []);
});

test('UsersAsk18_BarsOfOpenSpansReachToNowAndBreathe', async () => {
  const { url } = await studio(jsonl(just_now(small_run())));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, 'h1', 'has been running for');
  // The bar of the first span, in its last quarter, is not the ground of the page.
  const drawn = (share) =>
    page.locator('.canvas_box canvas').evaluate((canvas, at) => {
      const scale = canvas.width / canvas.clientWidth,
        left = Math.round(Math.min(440, Math.max(152, canvas.clientWidth * 0.3)));
      const x = (left + (canvas.clientWidth - left) * at) * scale,
        y = (68 + 12 - 3) * scale;
      const { data } = canvas.getContext('2d').getImageData(x, y, 24 * scale, 6 * scale);
      return new Set(new Uint32Array(data.buffer)).size;
    }, share);
  await until(async () => (await drawn(0.25)) > 4 && (await drawn(0.75)) > 4, 'it is hatched');
  await page.locator('.legend').getByText('open').waitFor();
  const before = await picture(page);
  await until(async () => (await picture(page)) !== before, 'it breathes');
});

test('UsersAsk18_WhereMotionIsNotWantedNothingBreathes', async () => {
  const { url } = await studio(jsonl(small_run())); // long ago: silent
  const page = await tab(url, '/run?id=run-1', { reducedMotion: 'reduce' });
  await sees(page, 'h1', 'went silent after 530 ms');
  const frames = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const canvas = document.querySelector('.canvas_box canvas'),
          seen = new Set();
        const look = (left) => {
          seen.add(canvas.toDataURL());
          if (left === 0) resolve(seen.size);
          else requestAnimationFrame(() => look(left - 1));
        };
        requestAnimationFrame(() => requestAnimationFrame(() => look(20)));
      }),
  );
  assert.equal(frames, 1);
});

test('ACostThatCameInAnEventOfItsOwnStandsBesideTheCall', async () => {
  const call = (at, type, payload) => event(at, type, 'Writer', 2, 1, payload);
  const { url } = await studio(
    jsonl([
      event(0, 'agent_start', 'Writer', 1, 0, {}),
      call(10, 'llm_call_start', { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
      call(90, 'llm_call_end', { model: 'gpt-4o', duration_ms: 80, response: 'Hello' }),
      call(91, 'cost_record', { cost_usd: 0.0123, input_tokens: 30, output_tokens: 20 }),
      event(99, 'agent_end', 'Writer', 1, 0, { duration_ms: 99 }),
    ]),
  );
  const page = await tab(url, '/run?id=run-1&tab=messages');
  await sees(page, '.call', 'Hello');
  await sees(page, '.call [data-part=cost]', '$0.0123');
  await sees(page, '.call header', '30→20');
});

const text_of_stage = (page) => page.locator('.stage').innerText();

test('WhatIsSelectedHoldsInAllViewsAndAChipEndsIt', async () => {
  const second = ['Billing', 'gpt-4o-mini', 'late'];
  const { url } = await studio(
    jsonl([
      ...small_run(),
      event(1000, 'agent_start', second[0], 20, 1, {}),
      event(1100, 'llm_call_end', second[0], 21, 20, {
        model: second[1],
        response: 'A second answer.',
        duration_ms: 50,
      }),
      event(1150, 'guard_end', second[0], 22, 20, {
        'guard.policy': 'second-policy',
        'guard.action': 'allow',
      }),
      event(1180, 'handoff', second[0], 23, 20, { from: second[0], to: 'Closer', reason: 'done' }),
      event(1200, 'agent_end', second[0], 20, 1, { duration_ms: 200 }),
    ]),
  );
  // The part of the time.
  const page = await tab(url, '/run?id=run-1&from=900&to=1200');
  await sees(page, '[data-part=selection]', '900 ms to 1.20 s');
  await page.getByRole('link', { name: 'Messages' }).click();
  await sees(page, '.call', 'A second answer.');
  assert.doesNotMatch(await text_of_stage(page), /Where is my refund/);
  await page.getByRole('link', { name: 'Guards' }).click();
  await sees(page, '.table', 'second-policy');
  assert.doesNotMatch(await text_of_stage(page), /content-safety/);
  await page.locator('.tabs').getByText('Graph', { exact: true }).click();
  await sees(page, '.node', 'Closer');
  assert.equal(await page.locator('.node', { hasText: 'Router' }).count(), 0);
  await page.locator('[data-part=selection] button').click();
  await sees(page, '.node', 'Router');
  await until(() => parameter(page, 'from') === null, 'the chip ends it');
  // A span, with what lies below it.
  await page.goto(`${url}/run?id=run-1&tab=messages&span=${span_id(20)}`);
  await sees(page, '[data-part=selection]', 'Billing');
  await sees(page, '.call', 'A second answer.');
  assert.doesNotMatch(await text_of_stage(page), /Where is my refund/);
  await page.locator('[data-part=selection] button').click();
  await sees(page, '.call', 'Where is my refund?');
  assert.equal(parameter(page, 'span'), null);
  assert.deepEqual(await troubles(page), []);
});

test('RowsThatAreFoldedAreInTheLink', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, `/run?id=run-1&span=${span_id(4)}`);
  await sees(page, '.drawer h2', 'Billing');
  const open = await picture(page);
  await page.keyboard.press('h');
  await until(() => parameter(page, 'folded') === span_id(4), 'the fold is in the address');
  await until(async () => (await picture(page)) !== open, 'it is folded');
  const other = await tab(url, page.url().slice(url.length));
  await sees(other, '.drawer h2', 'Billing');
  const folded = await picture(page);
  await until(async () => (await picture(other)) === folded, 'it is folded there, too');
  await other.keyboard.press('j');
  await sees(other, '.drawer h2', 'Watcher');
  assert.deepEqual(await troubles(other), []);
});

test('TheZoomOfAFlamegraphByWeightIsInTheLink', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=flame&order=heavy');
  await page.locator('[data-view=flame]').waitFor();
  const whole = await picture(page);
  await page.locator('[data-view=flame] canvas').hover({ position: { x: 600, y: 42 } });
  await page.mouse.wheel(0, -300);
  await until(() => parameter(page, 'zoom') !== null, 'the zoom is in the address');
  const other = await tab(url, page.url().slice(url.length));
  await other.locator('[data-view=flame]').waitFor();
  await until(async () => (await picture(other)) !== whole, 'it is zoomed');
  // A key is heard once the view is there, and tells the address a moment later.
  await until(async () => {
    await other.keyboard.press('0');
    await other.waitForTimeout(1000);
    return parameter(other, 'zoom') === null;
  }, 'and all of it is in sight again');
});
