// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, headline, jsonl, sees, studio, tab, troubles, until } from './rig.mjs';

test('Row71_HomeShowsTheFiguresOfTheFixture', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url);
  await sees(page, '[data-part=figures]', 'Success rate');
  assert.match(await headline(page), /^2 runs, 50\.0 % succeeded, for \$0\.0248 and 1,840 tokens/);
  const values = await page.locator('[data-part=figures] .value').allInnerTexts();
  assert.deepEqual(values, ['2', '50.0 %', '$0.0248', '1,840', '1.58 s']);
  const rows = await page.locator('.table tbody tr').allInnerTexts();
  assert.ok(
    rows.some((row) => row.includes('refund-processor') && row.includes('$0.00420')),
    rows.join('\n'),
  );
  assert.ok(
    rows.some((row) => row.includes('customer-support') && row.includes('$0.0206')),
    rows.join('\n'),
  );
  const groups = await page.locator('.bars .line').allInnerTexts();
  assert.ok(
    groups.some((group) => /Anthropic/.test(group) && /\$0\.0185/.test(group)),
    groups.join('\n'),
  );
  assert.deepEqual(await troubles(page), []);
});

test('Row72_WhatNobodySaidIsADashAndNoNumber', async () => {
  const { url } = await studio(
    jsonl([{ timestamp: 1780000000, event_type: 'agent_start', agent_name: 'Quiet', run_id: 'r' }]),
  );
  const page = await tab(url);
  await sees(page, '[data-part=figures]', 'Cost');
  const values = await page.locator('[data-part=figures] .value').allInnerTexts();
  assert.deepEqual(values.slice(1), ['–', '–', '–', '–']);
  await sees(page, '.page', 'No event says what it cost.');
  await sees(page, '.page', 'No cost has a time.');
  assert.doesNotMatch(await page.locator('main').innerText(), /\$\d/);
  assert.deepEqual(await troubles(page), []);
});

test('Row72_AnEmptyStoreTeachesHowToSendTheFirstTrace', async () => {
  const { url } = await studio();
  const page = await tab(url);
  await sees(page, '.empty', 'No trace has come yet');
  await sees(page, '.empty', 'tracebus::Studio studio(bus, {.port = 8420});');
  await sees(page, '.empty', '4318');
  for (const path of ['/runs', '/graph', '/costs', '/providers']) {
    await page.goto(url + path);
    await sees(page, '.empty', 'No trace has come yet');
  }
  await page.goto(`${url}/exporters`);
  await sees(page, 'h1', 'Nothing was dropped');
  assert.deepEqual(await troubles(page), []);
});

test('TheServerGoneAndBackIsSaidAndNeedsNoReload', async () => {
  const first = await studio(FIXTURE);
  const page = await tab(first.url);
  await sees(page, '[data-part=figures]', 'Cost');
  await first.stop();
  await sees(page, '.strip[role=alert]', 'cannot be reached');
  await sees(page, '.strip[role=alert]', 'Start tracebus studio again');
  await studio(FIXTURE, '--port', new URL(first.url).port);
  await until(
    async () => (await page.locator('.strip[role=alert]').count()) === 0,
    'the alert goes',
  );
});
