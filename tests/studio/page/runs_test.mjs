// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  FIXTURE,
  headline,
  jsonl,
  parameter,
  sees,
  send,
  studio,
  tab,
  troubles,
  until,
} from './rig.mjs';
import { event, small_run } from './made_events.mjs';

const many_runs = (runs) =>
  jsonl(
    Array.from({ length: runs }, (_, i) =>
      [
        event(
          i * 1000,
          'pattern_start',
          '',
          i * 2 + 1,
          0,
          { workflow: i % 2 ? 'odd' : 'even' },
          `run-${i}`,
        ),
        event(
          i * 1000 + 100,
          'pattern_end',
          '',
          i * 2 + 1,
          0,
          { duration_ms: 100, status: i % 5 ? 'success' : 'failed' },
          `run-${i}`,
        ),
      ].map((one) => ({ ...one, trace_id: (i + 1).toString(16).padStart(32, '0') })),
    ).flat(),
  );

test('Row69_FiltersAreInTheAddressAndAnswerAsTheServerDoes', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '2 runs');
  await page.getByLabel('status').selectOption('failed');
  await sees(page, 'h1', '1 failed run');
  assert.equal(parameter(page, 'status'), 'failed');
  await sees(page, '.list', 'refund-processor');
  await page.reload();
  await sees(page, 'h1', '1 failed run');
  await page.getByLabel('Add a filter').fill('workflow: customer-support');
  await page.getByLabel('Add a filter').press('Enter');
  await sees(page, '.head', 'No run matches');
  await page.getByText('Clear 2 filters').click();
  await sees(page, 'h1', '2 runs');
  assert.equal(new URL(page.url()).search, '');
  assert.deepEqual(await troubles(page), []);
});

test('UsersAsk14_OfThousandsOfRunsOnlyThoseInSightAreInTheDocument', async () => {
  const { url } = await studio(many_runs(2500));
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '2,500 runs');
  await sees(page, '.list', 'run-2499');
  const lines = () => page.locator('.list .line').count();
  assert.ok((await lines()) < 80, `${await lines()} lines`);
  await page.locator('.list').evaluate((list) => {
    list.scrollTop = list.scrollHeight;
  });
  await sees(page, '.list .line', 'run-0');
  assert.ok((await lines()) < 80, `${await lines()} lines`);
  assert.deepEqual(await troubles(page), []);
});

test('Row68_SearchFindsWhatAnyEventSays', async () => {
  const { url } = await studio(jsonl(small_run()), FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', 'runs');
  await page.keyboard.press('/');
  await page.keyboard.type('Sent on TUESDAY'); // T and U are keys elsewhere
  await sees(page, 'h1', '1 event match');
  assert.equal(parameter(page, 'text'), 'Sent on TUESDAY');
  await page.keyboard.press('Enter');
  await page.locator('.list .line').first().click();
  await sees(page, '.drawer', 'It was sent on Tuesday.');
  const link = page.url();
  const other = await tab(url, link.slice(url.length));
  await sees(other, '.drawer', 'It was sent on Tuesday.');
  await other.getByText('Open its run').click();
  await sees(other, 'h1', 'refunds');
  assert.deepEqual(await troubles(page), []);
});

test('Row74_LiveShowsWhatComesAndAPauseCountsWhatWaits', async () => {
  const { url } = await studio();
  const page = await tab(url, '/runs?view=live');
  await sees(page, 'h1', 'as they come');
  await send(url, [{ name: 'first span', attributes: { 'gen_ai.agent.name': 'Early' } }]);
  await sees(page, '.list .line', 'Early');
  await page.keyboard.press('p');
  await sees(page, '[data-part=pause]', 'Go on');
  const before = await page.locator('.list .line').count();
  await send(
    url,
    Array.from({ length: 7 }, (_, i) => ({
      name: `waits ${i}`,
      attributes: { 'gen_ai.agent.name': 'Waiting' },
    })),
  );
  const waiting = await until(async () => {
    const words = await page.locator('[data-part=pause]').innerText();
    const match = /(\d+) events waiting/.exec(words);
    return match && Number(match[1]) >= 7 ? Number(match[1]) : 0;
  }, 'seven events wait');
  assert.equal(await page.locator('.list .line').count(), before);
  await page.locator('[data-part=pause]').click();
  await sees(page, '.list .line', 'Waiting');
  await until(
    async () => (await page.locator('.list .line').count()) === before + waiting,
    'all that waited is there',
  );
  assert.deepEqual(await troubles(page), []);
});

test('Row74_FiltersHoldForTheStream', async () => {
  const { url } = await studio();
  const page = await tab(url, '/runs?view=live&agent=Wanted');
  await sees(page, 'h1', 'as they come');
  await send(url, [
    { name: 'a', attributes: { 'gen_ai.agent.name': 'Other' } },
    { name: 'b', attributes: { 'gen_ai.agent.name': 'Wanted' } },
  ]);
  await sees(page, '.list .line', 'Wanted');
  assert.ok(!(await page.locator('.list').innerText()).includes('Other'));
});

test('Row74_AReconnectSaysHowManyWereMissed', async () => {
  const { url } = await studio();
  const page = await tab(url, '/');
  const asked = [];
  await page.route('**/traces/live*', (route) => {
    const first = asked.push(route.request().url()) === 1;
    return route.fulfill({
      contentType: 'text/event-stream',
      body: first
        ? 'retry: 50\n\nid: 5\ndata: {"event_type":"llm_call_end","agent_name":"Before"}\n\n'
        : 'event: restarted\ndata: {"instance": "0"}\n\nevent: missed\ndata: {"count": 42, "why": "gone"}\n\nid: 60\ndata: {"event_type":"x","agent_name":"After"}\n\n',
    });
  });
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('button', { name: 'Live' }).click();
  await sees(page, '.list .line', 'Before');
  await sees(page, '[data-part=missed]', /\d+ events missed/);
  await sees(page, '[data-part=restarted]', 'started anew');
  await sees(page, '.list .line', 'After');
  const missed = await page.locator('[data-part=missed]').innerText();
  assert.equal(Number(/(\d+) events/.exec(missed.replaceAll(',', ''))[1]) % 42, 0, missed);
});

test('RunsFollowWhatComesAndStandStillWhenOneIsPicked', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, 'h1', '2 runs');
  await send(url, [{ name: 'new', trace: 'a'.repeat(32) }]);
  await sees(page, 'h1', '3 runs');
  await page.keyboard.press('j');
  assert.equal(parameter(page, 'pick'), 'a'.repeat(32));
  await send(url, [{ name: 'newer', trace: 'b'.repeat(32) }]);
  await sees(page, '[data-part=pause]', '1 new run waiting');
  assert.match(await headline(page), /^3 runs/);
  await page.keyboard.press('Escape');
  await sees(page, 'h1', '4 runs');
});

test('KeysMoveOpenAndBackOut', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/');
  await sees(page, 'h1', '2 runs');
  await page.keyboard.press('?');
  await sees(page, '.dialog', 'this list');
  await page.keyboard.press('Escape');
  await page.locator('.dialog').waitFor({ state: 'detached' });
  for (const [key, words] of [
    ['g', '/graph'],
    ['c', '/costs'],
    ['p', '/providers'],
    ['e', '/exporters'],
    ['h', '/'],
    ['r', '/runs'],
  ]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await until(() => new URL(page.url()).pathname === words, `g ${key} goes to ${words}`);
  }
  await sees(page, '.list .line', 'refund-processor');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  assert.equal(parameter(page, 'pick'), 'run_fixture_1');
  await page.keyboard.press('k');
  assert.equal(parameter(page, 'pick'), 'run_fixture_2');
  await page.keyboard.press('Enter');
  await sees(page, 'h1', 'refund-processor');
  assert.equal(parameter(page, 'id'), 'run_fixture_2');
  await page.keyboard.press('Escape');
  await until(() => new URL(page.url()).pathname === '/runs', 'Escape goes back to the runs');
  assert.deepEqual(await troubles(page), []);
});
