// SPDX-License-Identifier: Apache-2.0
//
// Away from loopback: who has no token is told in plain words how to get in.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, sees, studio, tab, until } from './rig.mjs';

test('WithoutATokenThePageSaysToOpenTheLinkOfTheTerminal', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/exporters');
  await page.route('**/api/**', (route) =>
    route.fulfill({ status: 401, json: { error: 'the token is needed, for programs' } }),
  );
  await page.goto(`${url}/runs`);
  await sees(page, 'h1', 'This browser is not known here');
  await sees(page, '.notice', 'Open the link that the terminal printed');
  assert.doesNotMatch(await page.locator('body').innerText(), /for programs/);
  await page.unroute('**/api/**');
  await sees(page, 'h1', '2 runs');
});

test('ATabWithoutATokenAsksWithoutAHeaderSoThatTheCookieCounts', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/exporters');
  const asked = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/')) asked.push(request.headers().authorization ?? 'none');
  });
  await page.goto(`${url}/run?id=run_fixture_1`);
  await sees(page, 'h1', 'customer-support');
  await until(() => asked.length > 1, 'it asks');
  assert.ok(asked.every((one) => one === 'none'), asked.join());
});

test('TheFilesOfDownloadsAreNamedByTheServer', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/run?id=run_fixture_1', { acceptDownloads: true });
  await sees(page, 'h1', 'customer-support');
  await page.getByRole('button', { name: 'Download' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('.menu a', { hasText: 'JSONL' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /run_fixture_1.*\.jsonl$/);
});
