// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  FIXTURE,
  jsonl,
  parameter,
  picture,
  picture_other_than,
  sees,
  send,
  studio,
  tab,
  troubles,
  until,
} from './rig.mjs';
import { small_run, span_id } from './made_events.mjs';

const ROW = 24,
  TOP = 68; // of waterfall_drawing.js

// Presses on a row of the waterfall, in its names.
const press_row = (page, row) =>
  page
    .locator('[data-view=waterfall] canvas')
    .click({ position: { x: 200, y: TOP + row * ROW + ROW / 2 } });

test('Row71_ARunSaysWhatItDidInOneSentence', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/run?id=run_fixture_1');
  await sees(page, 'h1', 'customer-support took 6.00 s for $0.0206');
  await page.goto(`${url}/run?id=run_fixture_2`);
  await sees(page, 'h1', 'refund-processor failed after 4.00 s for $0.00420, with 1 error');
  await page.goto(`${url}/run?id=nobody`);
  await sees(page, '.notice.bad', 'nobody');
  await sees(page, '.sub', 'All runs');
});

test('DetailsTellMessagesTokensCostAndGuardsOfASpan', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, 'h1', 'refunds');
  await press_row(page, 3);
  await sees(page, '.drawer', 'Where is my refund?');
  await sees(page, '.drawer', 'It was sent on Tuesday.');
  await sees(page, '.drawer', '450→380');
  await sees(page, '.drawer', '$0.00840');
  assert.equal(parameter(page, 'span'), span_id(5));
  const other = await tab(url, page.url().slice(url.length));
  await sees(other, '.drawer h2', 'gpt-4o');
  await other.keyboard.press('?');
  await sees(other, '.dialog', 'next span');
  await other.keyboard.press('Escape');
  await other.locator('.dialog').waitFor({ state: 'detached' });
  await other.keyboard.press('Escape');
  await other.locator('.drawer').waitFor({ state: 'detached' });
  assert.equal(new URL(other.url()).pathname, '/run');
  await page.keyboard.press('j');
  await sees(page, '.drawer', 'content-safety');
  await sees(page, '.drawer', '95 %');
  await sees(page, '.drawer', 'block');
  await page.keyboard.press('Escape');
  await page.locator('.drawer').waitFor({ state: 'detached' });
  assert.equal(parameter(page, 'span'), null);
  assert.deepEqual(await troubles(page), []);
});

test('UsersAsk17_OrphansStandUnderALabelledRoot', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, '.sub', '1 orphan');
  await press_row(page, 7); // below the label
  await sees(page, '.drawer h2', 'lost_lookup');
  await press_row(page, 0);
  await sees(page, '.drawer h2', 'supervisor');
  await page
    .locator('[data-view=waterfall] canvas')
    .click({ position: { x: 16, y: TOP + 6 * ROW + 12 } });
  await press_row(page, 7); // it is folded: there is no such row
  await sees(page, '.drawer h2', 'supervisor');
  await page.keyboard.press('/');
  await page.keyboard.type('lost_lookup');
  await sees(page, '[data-part=found]', '1 found');
  await page.keyboard.press('Enter');
  await sees(page, '.drawer', 'orphan');
});

test('UsersAsk18_OpenSpansAreSaidToRun', async () => {
  const { url } = await studio();
  await send(url, [{ name: 'root' }]);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '1 run');
  const open = await studio(jsonl(small_run()));
  const run = await tab(open.url, `/run?id=run-1&span=${span_id(9)}`);
  await sees(run, '.drawer', 'no end of it came');
  await sees(run, '.sub', /\d open/);
});

test('SearchMovesTheViewAndNGoesOn', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, 'h1', 'refunds');
  await page.keyboard.press('/');
  await page.keyboard.type('billing');
  await sees(page, '[data-part=found]', /[2-9] found/);
  await page.keyboard.press('Enter');
  await sees(page, '[data-part=found]', /1 of [2-9]/);
  await page.keyboard.press('Escape');
  await page.goto(`${url}/run?id=run-1&q=billing`);
  await sees(page, '[data-part=found]', /found/);
  await page.keyboard.press('n');
  await sees(page, '[data-part=found]', /1 of/);
  await page.keyboard.press('n');
  await sees(page, '[data-part=found]', /2 of/);
  await page.keyboard.press('N');
  await sees(page, '[data-part=found]', /1 of/);
});

test('WaterfallZoomsByKeysAndTheLinkRestoresThePart', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, 'h1', 'refunds');
  const whole = await picture(page);
  await page.locator('[data-view=waterfall] canvas').hover({ position: { x: 700, y: 200 } });
  await page.keyboard.down('w');
  await until(
    () => parameter(page, 'from') !== null || page.getByText('All of the time').isVisible(),
    'it zooms',
  );
  await page.keyboard.up('w');
  await until(() => parameter(page, 'to') !== null, 'the part is in the address');
  const part = Number(parameter(page, 'to')) - Number(parameter(page, 'from'));
  assert.ok(part > 0 && part < 530, `${part} ms`);
  const other = await tab(url, page.url().slice(url.length));
  await other.getByText('All of the time').waitFor();
  await page.keyboard.press('0');
  await until(() => parameter(page, 'from') === null, 'all of it is in sight');
  await page.mouse.move(10, 10);
  await until(async () => (await picture(page)) !== '' && parameter(page, 'to') === null, 'drawn');
  assert.notEqual(whole, '');
});

test('FlamegraphShowsTimeTokensAndCostInThreeOrders', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=flame');
  await sees(page, 'h1', 'refunds');
  let last = await picture_other_than(page, '');
  for (const [name, word] of [
    ['Tokens', 'tokens'],
    ['Cost', 'cost'],
  ]) {
    await page.getByRole('button', { name, exact: true }).click();
    last = await picture_other_than(page, last);
    assert.equal(parameter(page, 'measure'), word);
  }
  await page.locator('[data-view=flame] canvas').hover({ position: { x: 600, y: 40 } });
  await sees(page, '.reading', '$0.00840');
  await sees(page, '.reading', '100.0 %');
  await page.getByRole('button', { name: 'Left heavy' }).click();
  await until(() => parameter(page, 'order') === 'heavy', 'the order is in the address');
  await page.getByRole('button', { name: 'Sandwich' }).click();
  await sees(page, '.sandwich .table', 'Self');
  await sees(page, '.sandwich .table', '$0.00840');
  assert.equal(await page.locator('[data-view=flame] canvas').count(), 2);
  assert.deepEqual(await troubles(page), []);
});

test('FlamegraphZoomsToABoxAndBack', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=flame');
  await sees(page, 'h1', 'refunds');
  const canvas = page.locator('[data-view=flame] canvas');
  const wide = (await canvas.boundingBox()).width;
  const at = { x: wide * 0.5, y: 28 + 4 + 20 * 2 + 10 }; // the call of a model: 60 to 460 of 530 ms
  await canvas.hover({ position: at });
  await sees(page, '.reading', '400 ms');
  await canvas.dblclick({ position: at });
  await until(() => parameter(page, 'from') !== null, 'the part is in the address');
  const part = Number(parameter(page, 'to')) - Number(parameter(page, 'from'));
  assert.ok(Math.abs(part - 400) < 1, `${part} ms`);
  await page.keyboard.press('0');
  await until(() => parameter(page, 'from') === null, 'all of it is in sight');
  await canvas.hover({ position: at });
  await page.mouse.wheel(0, -240);
  await until(() => parameter(page, 'from') !== null, 'the wheel zooms');
  assert.deepEqual(await troubles(page), []);
});

test('MessagesAndGuardsHaveTheirTabs', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1');
  await sees(page, 'h1', 'refunds');
  await page.keyboard.press('3');
  await sees(page, '.call', 'Where is my refund?');
  await sees(page, '.call header', '450→380');
  await sees(page, '.call header', '$0.00840');
  await page.keyboard.press('4');
  await sees(page, '.scrolls', '1 check: 1 fired, 1 blocked.');
  const row = await page.locator('.scrolls tbody tr').innerText();
  for (const word of [
    'content-safety',
    'block',
    'yes',
    '95 %',
    'Billing',
    'unsafe keyword detected',
  ]) {
    assert.ok(row.includes(word), `${word} in ${row}`);
  }
  assert.deepEqual(await troubles(page), []);
});

test('DownloadsGiveFilesThatTheirViewersRead', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1', { acceptDownloads: true });
  await sees(page, 'h1', 'refunds');
  for (const [name, has] of [
    ['OTLP JSON', 'resourceSpans'],
    ['Jaeger', '"spans"'],
    ['JSONL', '"event_type"'],
    ['Folded stacks', 'Billing'],
    ['Chrome', '"traceEvents"'],
    ['Perfetto', 'Billing'],
  ]) {
    await page.getByRole('button', { name: 'Download' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.menu a', { hasText: name }).click(),
    ]);
    const text = readFileSync(await file.path(), 'latin1');
    assert.ok(text.includes(has), `${name} has ${has}`);
  }
});

test('ARunThatGrowsIsDrawnAgainAndKeepsTheSelection', async () => {
  const { url } = await studio();
  const trace = 'c'.repeat(32);
  await send(url, [{ name: 'first step', trace }]);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '1 run');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await sees(page, '.sub', '1 span');
  await page.keyboard.press('j');
  await sees(page, '.drawer h2', 'first step');
  await send(url, [{ name: 'second step', trace }]);
  await sees(page, '.sub', '2 spans');
  await sees(page, '.drawer h2', 'first step');
});
