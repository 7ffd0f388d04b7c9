// SPDX-License-Identifier: Apache-2.0
//
// At 1440, 1024 and 390 pixels, in both themes: all pages answer in their first line, nothing is
// wider than the window, type has the sizes of the design, and nothing that one can do is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, jsonl, sees, studio, tab, text_file, troubles, until } from './rig.mjs';
import { event, large_run, small_run } from './made_events.mjs';

const WIDTHS = [
  [1440, 'dark'],
  [1024, 'light'],
  [390, 'dark'],
];
const PAGES = [
  '/',
  '/runs',
  '/runs?view=events',
  '/runs?view=live',
  '/run?id=run-1',
  '/run?id=run-1&tab=flame',
  '/run?id=run-1&tab=flame&order=sandwich',
  '/run?id=run-1&tab=messages',
  '/run?id=run-1&tab=guards',
  '/run?id=run-1&tab=graph',
  '/run?id=run-1&span=a000000000000005&from=100&to=400',
  '/graph',
  '/graph?node=agent:Router',
  '/costs',
  '/costs?by=agent',
  '/costs?by=day',
  '/providers',
  '/exporters',
  '/nowhere',
];

// What reaches beyond the window, but for what scrolls on its own and says so: tables, tabs, code.
const beyond = (page) =>
  page.evaluate(() => {
    const scrollers = '.scroll_x, .tabs, .segments, .code pre, .graph, .names, .hidden';
    return [...document.querySelectorAll('body *')]
      .filter((one) => !one.closest(scrollers) || one.matches(scrollers))
      .filter((one) => !one.parentElement.closest('.cut')) // it shows what it has room for
      .filter((one) => {
        const { left, right, width } = one.getBoundingClientRect();
        const block = one.closest('.block')?.getBoundingClientRect().right ?? innerWidth;
        return width > 0 && (right > Math.min(innerWidth, block) + 1 || left < -1);
      })
      .map((one) => `${one.tagName}.${one.getAttribute('class')}: ${one.innerText?.slice(0, 40)}`);
  });

const odd_sizes = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((one) => [...one.childNodes].some((of) => of.nodeType === 3 && of.data.trim()))
      .filter((one) => !one.closest('svg'))
      .map((one) => [one, parseFloat(getComputedStyle(one).fontSize)])
      .filter(([, size]) => ![0, 12, 13, 14, 16, 20, 28].includes(size))
      .map(([one, size]) => `${one.tagName} ${size} ${one.innerText.slice(0, 40)}`),
  );

test('AllPagesFitAndAnswerInTheirFirstLineInBothThemesAndAtThreeWidths', async () => {
  const workflow = 'a workflow whose name goes on and on, as names of workflows do '.repeat(3);
  const agent = 'an agent with a name as long '.repeat(4);
  const long = event(0, 'pattern_start', agent, 1, 0, { workflow }, 'long');
  const { url } = await studio(jsonl([...small_run(), long]), FIXTURE);
  for (const [width, colorScheme] of WIDTHS) {
    const page = await tab(url, '/', { viewport: { width, height: 844 }, colorScheme });
    for (const path of PAGES) {
      await page.goto(url + path);
      await sees(page, 'h1.headline', /\d|Nothing|no page/);
      await page.waitForLoadState(path.includes('live') ? 'load' : 'networkidle');
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
      assert.deepEqual(await beyond(page), [], `${path} at ${width}`);
      assert.deepEqual(await odd_sizes(page), [], `${path} at ${width}`);
    }
    assert.deepEqual(await troubles(page), []);
    await page.context().close();
  }
});

test('AnEmptyStoreFitsToo', async () => {
  const { url } = await studio();
  for (const [width, colorScheme] of WIDTHS) {
    const page = await tab(url, '/', { viewport: { width, height: 844 }, colorScheme });
    for (const path of ['/', '/runs', '/graph', '/costs', '/providers', '/exporters']) {
      await page.goto(url + path);
      await sees(page, 'h1.headline', /\d|Nothing/);
      assert.deepEqual(await beyond(page), [], `${path} at ${width}`);
    }
    await page.goto(url);
    const copy = page.locator('.code button').first();
    const { x, width: wide } = await copy.boundingBox();
    assert.ok(x + wide <= width, `the copy button ends at ${x + wide} of ${width}`);
    await page.context().close();
  }
});

test('OnAPhoneTheStoreUploadsThemeAndKeysAreInAMenu', async () => {
  const torn = text_file('torn_phone.jsonl', '{"event_type": "torn\n');
  const { url } = await studio(jsonl(small_run()), torn);
  const page = await tab(url, '/', { viewport: { width: 390, height: 844 } });
  await sees(page, 'h1', '1 run');
  const more = page.getByRole('button', { name: /^More/ });
  await more.click();
  await sees(page, '.sheet', 'live');
  await sees(page, '.sheet', '13 events');
  await sees(page, '.sheet', '1 bad line');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const before = await theme();
  await page.locator('.sheet').getByRole('button', { name: /Dark|Light/ }).click();
  assert.notEqual(await theme(), before);
  await more.click();
  const chooser = page.waitForEvent('filechooser');
  await page.locator('.sheet').getByRole('button', { name: 'Add a file' }).click();
  await (await chooser).setFiles(FIXTURE);
  await sees(page, '[data-upload=done]', '17 events of 2 runs added');
  await more.click();
  await page.locator('.sheet').getByRole('button', { name: 'Keys' }).click();
  await sees(page, '.dialog', 'this list');
  await page.keyboard.press('Escape');
  await page.goto(`${url}/run?id=run-1`);
  await sees(page, '.legend', 'critical path');
  assert.ok(await page.locator('.legend').isVisible());
  await page.goto(`${url}/run?id=run-1&tab=flame`);
  await sees(page, '.reading', 'Point at a box');
  assert.ok(await page.locator('.reading').isVisible());
  assert.deepEqual(await troubles(page), []);
});

test('OnAVeryWideScreenTextsAndListsKeepTheirWidth', async () => {
  const { url } = await studio(jsonl(large_run(200)));
  const page = await tab(url, '/runs', { viewport: { width: 2200, height: 900 } });
  await sees(page, '.list .line', 'large');
  const wide = (selector) =>
    page.locator(selector).first().evaluate((one) => one.getBoundingClientRect().width);
  assert.ok((await wide('.list')) <= 1600);
  assert.ok((await wide('.head')) <= 1600);
  await page.goto(`${url}/run?id=large`);
  await until(async () => (await wide('[data-view=waterfall]')) > 1600, 'the waterfall is wide');
});
