// SPDX-License-Identifier: Apache-2.0
//
// Lists: of any length, that stand still under who reads them, with links that restore them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIXTURE, headline, jsonl, parameter, sees, send, studio, tab, until } from './rig.mjs';
import { event, small_run } from './made_events.mjs';

const ROWS = 2_000_000;
const MOVED_MAX = 40; // pixels that a row moves when the wheel turns by as many

const event_of = (number) => ({
  number,
  time: '2026-06-01T00:00:00Z',
  event_type: 'llm_call_end',
  agent_name: `agent of ${number}`,
  name: '',
  status: 'ok',
});

// A store of so many events, of which only those asked for are made.
async function endless(page) {
  await page.route('**/api/events?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const from = Number(asked.get('offset')),
      length = Math.min(Number(asked.get('limit')), ROWS - from);
    return route.fulfill({
      json: {
        matched: ROWS,
        left_out: 0,
        events: Array.from({ length }, (_, i) => event_of(from + i)),
      },
    });
  });
}

const rows_in_sight = (page) =>
  page.evaluate(() => {
    const box = document.querySelector('.list').getBoundingClientRect();
    return [...document.querySelectorAll('.list .line')]
      .filter((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return bottom > box.top + 1 && top < box.bottom - 1;
      })
      .map((one) => Number(one.dataset.index));
  });

test('UsersAsk14_TheLastOfTwoMillionEventsIsReached', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/exporters');
  await endless(page);
  await page.goto(`${url}/runs?view=events`);
  await sees(page, '.list .line', 'agent of 0');
  await page.locator('.list').evaluate((list) => {
    list.scrollTop = list.scrollHeight;
  });
  await sees(page, '.list .line', `agent of ${ROWS - 1}`);
  assert.equal((await rows_in_sight(page)).at(-1), ROWS - 1);
  // Near both ends the wheel alone gets there, though the bar has next to no way left.
  const scroll_to = (where) =>
    page.locator('.list').evaluate((list, [share, pixels]) => {
      list.scrollTop = (list.scrollHeight - list.clientHeight) * share + pixels;
    }, where);
  await scroll_to([0, 0]);
  await sees(page, '.list .line', 'agent of 0');
  await scroll_to([1, -100]);
  await page.locator('.list').hover();
  await until(async () => (await rows_in_sight(page)).at(-1) < ROWS - 10, 'it is above the end');
  await until(async () => {
    await page.mouse.wheel(0, MOVED_MAX);
    return (await rows_in_sight(page)).at(-1) === ROWS - 1;
  }, 'the wheel reaches the last row');
  await scroll_to([0, 100]);
  await until(async () => (await rows_in_sight(page))[0] > 10, 'it is below the head');
  await until(async () => {
    await page.mouse.wheel(0, -MOVED_MAX);
    return (await rows_in_sight(page))[0] === 0;
  }, 'the wheel reaches the first row');
  await page.locator('.list').evaluate((list) => {
    list.scrollTop = list.scrollHeight / 2;
  });
  const middle = await until(async () => {
    const [first] = await rows_in_sight(page);
    return Math.abs(first - ROWS / 2) < ROWS / 1000 ? first : 0;
  }, 'the middle of the bar is the middle of the list');
  // The wheel goes from row to row, though the bar is much shorter than the list.
  await page.locator('.list').hover();
  for (let i = 0; i < 20; ++i) {
    const before = await rows_in_sight(page);
    await page.mouse.wheel(0, MOVED_MAX);
    await until(async () => (await rows_in_sight(page))[0] !== before[0], 'it moves');
    const now = await rows_in_sight(page);
    assert.ok(now[0] > before[0] && now[0] <= before[0] + 3, `${before[0]} to ${now[0]}`);
  }
  assert.ok((await rows_in_sight(page))[0] < middle + 80);
  await page.keyboard.press('j');
  const picked = await until(() => Number(parameter(page, 'event')), 'a row is picked');
  await page.keyboard.press('j');
  await until(() => Number(parameter(page, 'event')) === picked + 1, 'and the next');
  assert.ok((await page.locator('.list .line').count()) < 80);
});

const one_run = (number) => ({
  name: `run ${number}`,
  trace: (number + 1).toString(16).padStart(32, 'f'),
});

const many = (runs) =>
  jsonl(
    Array.from({ length: runs }, (_, i) => ({
      ...event(i * 1000, 'pattern_start', '', i + 1, 0, { workflow: `flow ${i}` }, `run-${i}`),
      trace_id: (i + 1).toString(16).padStart(32, '0'),
    })),
  );

test('RunsHoldStillUnderWhoReadsThemAndSayHowManyCame', async () => {
  const { url } = await studio(many(200));
  const page = await tab(url, '/runs');
  await sees(page, '.list', 'run-199');
  const list = page.locator('.list');
  await list.evaluate((one) => {
    one.scrollTop = 2000;
  });
  await sees(page, '.list .line', 'run-145');
  const first = async () => {
    const [index] = await rows_in_sight(page);
    return page.locator(`.list .line[data-index="${index}"]`).innerText();
  };
  const before = await first();
  await send(url, [one_run(1), one_run(2), one_run(3)]);
  await sees(page, '[data-part=pause]', '3 new runs waiting');
  assert.equal(await first(), before);
  assert.match(await headline(page), /^200 runs/);
  await list.evaluate((one) => {
    one.scrollTop = 0;
  });
  await sees(page, 'h1', '203 runs');
});

test('ALinkMarksTheSameRunAndEventWhateverCameSince', async () => {
  const { url } = await studio(FIXTURE);
  const page = await tab(url, '/runs');
  await sees(page, '.list .line', 'refund-processor');
  await page.keyboard.press('j');
  assert.equal(parameter(page, 'pick'), 'run_fixture_2');
  const link = page.url().slice(url.length);
  await page.goto(`${url}/runs?view=events&agent=Classifier`);
  await page.locator('.list .line').first().waitFor();
  await page.keyboard.press('j');
  await until(() => parameter(page, 'event') !== null, 'an event is picked');
  const event_link = page.url().slice(url.length);
  const said = await page.locator('.list .line.picked').innerText();
  await send(url, [one_run(1), one_run(2)]);
  const other = await tab(url, link);
  await sees(other, 'h1', '4 runs');
  await sees(other, '.list .line.picked', 'refund-processor');
  await send(url, [{ name: 'new', attributes: { 'gen_ai.agent.name': 'Classifier' } }]);
  await other.goto(url + event_link);
  await until(
    async () => (await other.locator('.list .line.picked').innerText()) === said,
    'the same event is marked',
  );
});

test('AnEventPickedFromTheStreamIsInItsLink', async () => {
  const { url } = await studio();
  const page = await tab(url, '/runs?view=live');
  await sees(page, 'h1', 'as they come');
  await send(url, [{ name: 'a', attributes: { 'gen_ai.agent.name': 'Picked one' } }]);
  await sees(page, '.list .line', 'Picked one');
  await page.locator('.list .line').first().click();
  await sees(page, '.drawer', 'Picked one');
  const other = await tab(url, page.url().slice(url.length));
  await sees(other, '.drawer', 'Picked one');
});

test('Row74_TheHeadlineCountsWhatCameAndWhatWasPushedOut', async () => {
  const { url } = await studio();
  const page = await tab(url, '/exporters');
  const body = Array.from(
    { length: 9_000 },
    (_, i) => `id: ${i}-1\ndata: {"event_type":"x","agent_name":"agent ${i}"}\n\n`,
  ).join('');
  let asked = 0;
  await page.route('**/traces/live*', (route) =>
    ++asked === 1
      ? route.fulfill({ contentType: 'text/event-stream', body: `retry: 100000\n\n${body}` })
      : route.abort(),
  );
  await page.goto(`${url}/runs?view=live`);
  await sees(page, '[data-part=live_count]', '9,000 events');
  const listed = Number(await page.locator('.list').getAttribute('aria-rowcount'));
  assert.ok(listed < 9_000 && listed >= 5_000, `${listed} are listed`);
  const words = (await page.locator('[data-part=pushed_out]').innerText()).replaceAll(',', '');
  assert.match(words, new RegExp(`latest ${listed} .*; ${9_000 - listed} earlier ones`));
});

test('HandOffsAndGuardsSayWhatTheyAreAmongEvents', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/runs?view=events&type=handoff');
  await sees(page, '.list .line', 'Router → Billing');
  await sees(page, '.list .line', 'refund over $50');
  await page.goto(`${url}/runs?view=events&type=guard_end`);
  await sees(page, '.list .line', 'content-safety');
});
