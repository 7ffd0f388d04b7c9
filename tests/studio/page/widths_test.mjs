// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, jsonl, sees, studio, tab, troubles, until } from './rig.mjs';
import { small_run } from './made_events.mjs';

test('AllPagesAnswerInTheirFirstLineInBothThemesAndAtThreeWidths', async () => {
  const { url } = await studio(jsonl(small_run()), FIXTURE);
  for (const [width, colorScheme] of [
    [1440, 'dark'],
    [1024, 'light'],
    [390, 'dark'],
  ]) {
    const page = await tab(url, '/', { viewport: { width, height: 844 }, colorScheme });
    for (const path of [
      '/',
      '/runs',
      '/run?id=run-1',
      '/graph',
      '/costs',
      '/providers',
      '/exporters',
    ]) {
      await page.goto(url + path);
      await sees(page, 'h1.headline', /\d|Nothing/);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
      await until(
        async () => page.evaluate(() => document.body.scrollWidth <= innerWidth),
        `${path} fits ${width}`,
      );
    }
    assert.deepEqual(await troubles(page), []);
    await page.context().close();
  }
});
