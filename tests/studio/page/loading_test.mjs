// SPDX-License-Identifier: Apache-2.0
//
// Answers that take longer than the pause between two events: they are shown all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, sees, send, studio, tab, until } from './rig.mjs';

const later = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

// Answers of a path come so late, and events meanwhile so often, that each answer is out of date
// when it comes. Gives what ends the events, and how often was asked.
async function slowed(page, url, path) {
  const asked = { now: 0, most: 0, sum: 0 };
  await page.route(path, async (route) => {
    ++asked.sum;
    asked.most = Math.max(asked.most, ++asked.now);
    await later(3_000);
    --asked.now;
    await route.continue().catch(() => {}); // the page may have given it up
  });
  let is_on = true;
  const sending = (async () => {
    for (let i = 0; is_on; ++i) {
      await send(url, [{ name: `event ${i}`, trace: (i + 1).toString(16).padStart(32, 'e') }]);
      await later(200);
    }
  })();
  return {
    asked,
    stop: async () => {
      is_on = false;
      await sending;
    },
  };
}

test('ASlowAnswerIsShownThoughEventsComeMeanwhile', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/exporters');
  const slow = await slowed(page, url, '**/api/costs*');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await sees(page, '.table', 'claude-');
  await until(() => slow.asked.sum >= 3, 'it is asked again after it');
  assert.equal(slow.asked.most, 1, 'one question runs at a time');
  await slow.stop();
});

test('ASlowPageOfAListIsShownThoughEventsComeMeanwhile', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/exporters');
  const slow = await slowed(page, url, '**/api/runs?*');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await sees(page, '.list .line', 'refund-processor');
  await until(() => slow.asked.sum >= 3, 'it is asked again after it');
  assert.equal(slow.asked.most, 1, 'one question runs at a time');
  await slow.stop();
});

test('AWrongFilterSaysSoAndShowsNoRowsOfTheOneBefore', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '2 runs');
  await page.getByLabel('Add a filter').fill('since: yesterday');
  await page.getByLabel('Add a filter').press('Enter');
  await sees(page, '.notice.bad', 'since');
  assert.equal(await page.locator('.list .line').count(), 0);
  assert.doesNotMatch(await page.locator('h1').innerText(), /2 runs/);
});
