// SPDX-License-Identifier: Apache-2.0
//
// Whatever the mouse opens, the keyboard does: j and k go there, and Enter opens it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, jsonl, parameter, sees, studio, tab, troubles, until } from './rig.mjs';
import { event, small_run, span_id } from './made_events.mjs';

// Presses j and Enter, and waits for a path.
async function opens(page, path) {
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await until(() => new URL(page.url()).pathname === path, `${path} is opened`);
}

test('RowsOfHomeCostsAndProvidersAreOpenedByKeys', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/');
  await sees(page, '.table', 'refund-processor');
  await opens(page, '/run');
  await page.goto(`${url}/costs?by=agent`);
  await sees(page, '.table', 'Agent');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await opens(page, '/runs');
  assert.equal(parameter(page, 'view'), 'events');
  assert.ok(parameter(page, 'agent'));
  await page.goto(`${url}/providers`);
  await sees(page, '.table', 'p50 to p99');
  await opens(page, '/runs');
  assert.ok(parameter(page, 'model'));
  assert.deepEqual(await troubles(page), []);
});

test('GuardsMessagesAndNamesOfTheSandwichAreOpenedByKeys', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=guards');
  await sees(page, '.table', 'content-safety');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await sees(page, '.drawer h2', 'content-safety');
  assert.equal(parameter(page, 'span'), span_id(6));
  await page.goto(`${url}/run?id=run-1&tab=messages`);
  await sees(page, '.call', 'Where is my refund?');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await until(() => parameter(page, 'span') === span_id(5), 'the call is opened');
  await page.goto(`${url}/run?id=run-1&tab=flame&order=sandwich`);
  await sees(page, '.sandwich .table', 'Self');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await until(() => parameter(page, 'of') !== null, 'a name is chosen');
  const picked = await page.locator('.sandwich tr.picked').innerText();
  const second = await page.locator('.sandwich tbody tr').nth(1).innerText();
  assert.equal(picked, second);
  assert.deepEqual(await troubles(page), []);
});

test('NodesAndArrowsOfTheGraphAreOpenedByKeys', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=graph');
  await sees(page, '.node', 'Router');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('.drawer h2').waitFor();
  assert.ok(parameter(page, 'node'));
  await page.keyboard.press('Escape');
  await page.locator('.drawer').waitFor({ state: 'detached' });
  await page.keyboard.press('J');
  await page.keyboard.press('Enter');
  await sees(page, '.drawer h2', '→');
  assert.ok(parameter(page, 'edge'));
  await page.goto(`${url}/run?id=run-1&tab=graph&node=agent:Router`);
  await page.locator('.drawer [data-row]').first().focus();
  await page.keyboard.press('Enter');
  await sees(page, '.drawer h2', 'Router →');
  assert.deepEqual(await troubles(page), []);
});

test('BoxesOfTheFlamegraphAreSelectedByKeys', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=flame');
  await sees(page, 'h1', 'refunds');
  await page.locator('[data-view=flame]').waitFor();
  const at = async (key, span) => {
    await page.keyboard.press(key);
    await until(() => parameter(page, 'span') === span_id(span), `${key} selects span ${span}`);
  };
  await at('j', 1);
  await at('j', 2); // Router
  await at('l', 4); // Billing
  await at('j', 5); // its call
  await sees(page, '.reading', '400 ms');
  await at('ArrowRight', 6);
  await at('ArrowUp', 4);
  await at('h', 2);
  await at('k', 1);
  assert.deepEqual(await troubles(page), []);
});

test('TheFirstJGoesToTheFirstSpanThoughThereAreOrphans', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, '.sub', '1 orphan');
  await page.keyboard.press('j');
  await until(() => parameter(page, 'span') === span_id(1), 'the first span is selected');
  await page.keyboard.press('j');
  await until(() => parameter(page, 'span') === span_id(2), 'and the second');
  for (let i = 0; i < 5; ++i) await page.keyboard.press('j');
  await until(() => parameter(page, 'span') === span_id(8), 'over the label to the orphan');
  await page.keyboard.press('k');
  await until(() => parameter(page, 'span') === span_id(9), 'and back');
  assert.deepEqual(await troubles(page), []);
});

test('ARunOfNothingButOrphansBeginsWithTheFirst', async () => {
  const { url } = await studio(
    jsonl([event(0, 'tool_end', 'Late', 8, 99, { 'tool.name': 'lost', duration_ms: 5 })]),
  );
  const page = await tab(url, '/run?id=run-1');
  await sees(page, '.sub', '1 orphan');
  await page.keyboard.press('j');
  await until(() => parameter(page, 'span') === span_id(8), 'the orphan is selected');
});

test('TheListOfKeysTakesTheFocusAndKeepsIt', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, '.list .line', 'refund-processor');
  await page.locator('.list').focus();
  await page.keyboard.press('?');
  await sees(page, '.dialog', 'search');
  const is_inside = () =>
    page.evaluate(() => document.querySelector('.dialog').contains(document.activeElement));
  for (let i = 0; i < 5; ++i) {
    assert.ok(await is_inside(), `after Tab ${i}`);
    await page.keyboard.press(i === 3 ? 'Shift+Tab' : 'Tab');
  }
  await page.keyboard.press('j');
  assert.equal(parameter(page, 'pick'), null, 'what lies below takes no key');
  await page.keyboard.press('Escape');
  await page.locator('.dialog').waitFor({ state: 'detached' });
  const is_back = () => page.evaluate(() => document.activeElement.classList.contains('list'));
  await until(is_back, 'the focus is where it was');
  await page.goto(`${url}/providers`);
  await sees(page, 'h1', /\d/);
  await page.keyboard.press('?');
  await sees(page, '.dialog', 'dark or light');
  assert.doesNotMatch(await page.locator('.dialog').innerText(), /search/);
});
