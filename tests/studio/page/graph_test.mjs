// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { jsonl, parameter, sees, studio, tab, troubles, until } from './rig.mjs';
import { event, small_run } from './made_events.mjs';

const ROLES = ['reader', 'writer', 'judge'];

// A swarm: agents of three roles in two patterns, each with a call and a hand-off.
function swarm(agents) {
  return Array.from({ length: agents }, (_, i) => {
    const role = ROLES[i % 3],
      other = (i * 7) % agents,
      to = `${ROLES[other % 3]}-${other}`;
    const run = `run-${i % 50}`,
      pattern_type = i % 2 ? 'debate' : 'pipeline';
    return [
      event(i, 'agent_start', `${role}-${i}`, 2 * i + 2, 0, {}, run),
      event(
        i + 1,
        'handoff',
        `${role}-${i}`,
        2 * i + 3,
        2 * i + 2,
        { from: `${role}-${i}`, to, reason: 'a verdict is wanted' },
        run,
      ),
      event(i + 2, 'agent_end', `${role}-${i}`, 2 * i + 2, 0, { duration_ms: 2 }, run),
    ].map((one) => ({
      ...one,
      pattern_type,
      trace_id: ((i % 50) + 1).toString(16).padStart(32, '0'),
    }));
  }).flat();
}

test('ARunsGraphShowsHandOffsWithTheirReasonsBesideTheArrow', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/run?id=run-1&tab=graph');
  await sees(page, '.node', 'Router');
  await sees(page, '.node', 'Billing');
  await sees(page, '.edge.handoff', 'refund over $50');
  await page.locator('.node', { hasText: 'Router' }).click();
  await sees(page, '.drawer h2', 'Router');
  await page.locator('.drawer tr', { hasText: 'Billing' }).first().click();
  await sees(page, '.drawer h2', 'Router → Billing');
  await sees(page, '.drawer', 'refund over $50');
  await page.keyboard.press('Escape');
  await page.locator('.drawer').waitFor({ state: 'detached' });
  assert.deepEqual(await troubles(page), []);
});

test('ASwarmIsDrawnInGroupsWhichUnfold', async () => {
  const { url } = await studio(jsonl(swarm(3000)));
  const page = await tab(url, '/graph');
  await sees(page, 'h1', '3,000 agents');
  await sees(page, '.stage_bar', 'click a group to unfold it');
  const shapes = () => page.locator('.node').count();
  assert.ok((await shapes()) <= 300, `${await shapes()} shapes`);
  const before = await shapes();
  await page.locator('.node').first().focus();
  await page.keyboard.press('Enter');
  await until(async () => (await shapes()) > before, 'a group unfolds');
  assert.ok(parameter(page, 'unfold'));
  assert.ok((await shapes()) <= 400, `${await shapes()} shapes`);
  const other = await tab(url, page.url().slice(url.length));
  await until(
    async () => (await other.locator('.node').count()) === (await shapes()),
    'the link restores it',
  );
  await page.getByText('Fold again').click();
  await until(async () => (await shapes()) === before, 'it folds again');
  assert.deepEqual(await troubles(page), []);
});

test('NewTrafficPulsesOnceAndNothingMoves', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/graph');
  await sees(page, '.node', 'Router');
  const places = () =>
    page.locator('.node').evaluateAll((all) =>
      all
        .map((one) => `${one.dataset.node} ${one.getAttribute('transform')}`)
        .sort()
        .join('\n'),
    );
  const before = await places();
  assert.equal(await page.locator('.pulse').count(), 0);
  const more = small_run('run-2').map((one) => ({ ...one, trace_id: 'd'.repeat(32) }));
  const sent = await fetch(`${url}/api/upload?name=more.jsonl`, {
    method: 'POST',
    body: more.map((one) => `${JSON.stringify(one)}\n`).join(''),
  });
  assert.equal(sent.status, 200);
  await page.locator('.edge.handoff .pulse').first().waitFor({ state: 'attached' });
  await sees(page, '.edge.handoff', '2 · refund');
  assert.equal(await places(), before);
});

test('HandOffsAreLabelledFirstThoughThereAreManyArrows', async () => {
  const models = Array.from({ length: 60 }, (_, i) =>
    event(100 + i, 'llm_call_end', 'Router', 100 + i, 2, { model: `model-${i}`, duration_ms: 1 }),
  );
  const { url } = await studio(jsonl([...small_run(), ...models]));
  const page = await tab(url, '/run?id=run-1&tab=graph');
  await sees(page, '.node', 'Billing');
  assert.ok((await page.locator('.edge').count()) > 48);
  await sees(page, '.edge.handoff text', '1 · re'); // as much of it as there is room for
});

test('OfManyArrowsTheHandOffsHaveTheFirstLabels', async () => {
  const { labels_of } = await import(join(process.env.TRACEBUS_PAGE, 'src/graph/labels.js'));
  const way = (i) => ({ room: 400, middle: { x: 0, y: i * 100 } });
  const call = (_, i) => ({
    edge: { kind: 'call', count: 99, errors: 0, per_minute: null },
    way: way(i),
  });
  const hand_off = {
    edge: { kind: 'handoff', count: 1, errors: 0, per_minute: 2, reasons: [{ text: 'why' }] },
    way: way(200),
  };
  const edges = [...Array.from({ length: 100 }, call), hand_off];
  const words = labels_of({ edges, nodes: [], letters: 12, is_readable: true });
  assert.equal(words.get(hand_off.edge), '1 · why · 2/min');
  assert.ok(words.size < 60, `${words.size} labels`);
  // What would lie on another label is left out, unless it is picked.
  const twice = [
    { ...hand_off, edge: { ...hand_off.edge } },
    { ...hand_off, edge: { ...hand_off.edge } },
  ];
  const count = (of) => labels_of({ edges: of, nodes: [], letters: 12, is_readable: true }).size;
  assert.equal(count(twice), 1);
  assert.equal(count(twice.map((one) => ({ ...one, touched: true }))), 2);
});

test('RatesAndSharesOfErrorsAreOnNodesArrowsAndInTheDrawer', async () => {
  const call = (i) =>
    event(i * 10_000, i < 2 ? 'llm_call_error' : 'llm_call_end', 'Caller', i + 2, 1, {
      model: 'gpt-4o',
      duration_ms: 5,
    });
  const calls = Array.from({ length: 13 }, (_, i) => call(i)); // in two minutes
  const { url } = await studio(jsonl(calls));
  const page = await tab(url, '/run?id=run-1&tab=graph');
  await sees(page, '[data-part=rate_time]', 'rates are of 2 m 00 s');
  await sees(page, '.node', 'Caller');
  await sees(page, '.node', '6.5/min · 15 % fail');
  await sees(page, '.edge.call', '13 · 2 failed');
  await page.locator('.node', { hasText: 'Caller' }).click();
  await sees(page, '.drawer [data-part=rate]', '6.5 a minute');
  await sees(page, '.drawer [data-part=errors]', '2, 15.4 % of what ended');
  await page.locator('.drawer [data-row]').first().click();
  await sees(page, '.drawer h2', 'Caller → gpt-4o');
  await sees(page, '.drawer [data-part=rate]', '6.5 a minute');
});

// Calls of two agents to one model, of which 2 % and 10 % fail.
const failing = () =>
  ['Seldom', 'Often'].flatMap((agent, a) =>
    Array.from({ length: 50 }, (_, i) => {
      const type = i < 1 + 4 * a ? 'llm_call_error' : 'llm_call_end';
      return event(a * 1000 + i, type, agent, a * 100 + i + 1, 0, { model: 'gpt-4o' });
    }),
  );

test('ArrowsAreRedFromTheShareThatTheLegendNames', async () => {
  const { url } = await studio(jsonl(failing()));
  const page = await tab(url, '/graph?by=agent');
  await sees(page, '[data-part=graph_legend]', '5 % or more failed');
  await page.locator('.edge.bad[aria-label^="call, Often to gpt-4o"]').waitFor();
  await page.locator('.edge.some[aria-label^="call, Seldom to gpt-4o"]').waitFor();
  assert.equal(await page.locator('.edge.bad').count(), 1);
  assert.equal(await page.locator('.node', { hasText: 'Seldom' }).locator('.failing').count(), 0);
  assert.equal(await page.locator('.node', { hasText: 'Often' }).locator('.failing').count(), 1);
});

test('AnUnfoldedGroupIsShownLargeEnoughToReadAndEscFoldsItAgain', async () => {
  const { url } = await studio(jsonl(swarm(3000)));
  const page = await tab(url, '/graph');
  await sees(page, 'h1', '3,000 agents');
  const before = await page.locator('.node').count();
  await page.locator('.node', { hasText: 'writer' }).first().click();
  await until(async () => (await page.locator('.node').count()) > before, 'it unfolds');
  assert.equal(await page.locator('.drawer').count(), 0);
  const names = page.locator('.node', { hasText: /writer-\d+/ }).locator('text:first-of-type');
  const inside = await page.locator('.graph').boundingBox();
  const boxes = await Promise.all(
    (await names.all()).slice(0, 40).map((one) => one.boundingBox()),
  );
  assert.ok(boxes.length > 20);
  for (const { x, y, width, height } of boxes) {
    assert.ok(height >= 10, `a name is ${height} pixels high`);
    assert.ok(x >= inside.x && x + width <= inside.x + inside.width, `${x} in sight`);
    assert.ok(y >= inside.y && y + height <= inside.y + inside.height, `${y} in sight`);
  }
  await page.keyboard.press('Escape');
  await until(async () => (await page.locator('.node').count()) === before, 'it folds again');
  assert.equal(await page.locator('.drawer').count(), 0, 'and no drawer opens');
  assert.equal(parameter(page, 'unfold'), null);
});

test('WhereThePictureStandsAndThePickedArrowAreInTheLink', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url, '/graph');
  await sees(page, '.node', 'Router');
  const camera = (of) => of.locator('.drawing > g').getAttribute('transform');
  await page.keyboard.press('+');
  await page.keyboard.press('d');
  await until(() => parameter(page, 'at') !== null, 'it is in the address');
  const numbers = async (of) => (await camera(of)).match(/-?[\d.]+/g).map(Number);
  const here = await numbers(page);
  const other = await tab(url, page.url().slice(url.length));
  await sees(other, '.node', 'Router');
  const there = await numbers(other);
  here.forEach((one, i) => assert.ok(Math.abs(one - there[i]) < 3, `${here} and ${there}`));
  await page.keyboard.press('0');
  await until(() => parameter(page, 'at') === null, 'all of it');
  await page.locator('.edge.handoff').first().dispatchEvent('click');
  await sees(page, '.drawer', 'refund over $50');
  await other.goto(page.url());
  await sees(other, '.drawer h2', 'Router → Billing');
});

test('AgentsOfARunDifferInColourAndKeepItEverywhere', async () => {
  const team = ['bull', 'bear', 'judge', 'clerk', 'usher'];
  const run = team.flatMap((agent, i) => [
    event(i * 10, 'agent_start', agent, i + 1, 0, {}),
    event(i * 10 + 5, 'agent_end', agent, i + 1, 0, { duration_ms: 5 }),
  ]);
  const { url } = await studio(jsonl(run));
  const page = await tab(url, '/run?id=run-1&tab=graph');
  await sees(page, '.node', 'usher');
  const colors = () =>
    page.locator('.node').evaluateAll((all) =>
      Object.fromEntries(
        all
          .filter((one) => one.dataset.node.startsWith('agent:'))
          .map((one) => [one.dataset.node, one.querySelector('.fill').getAttribute('class')]),
      ),
    );
  const first = await colors();
  assert.equal(new Set(Object.values(first)).size, 5, JSON.stringify(first));
  const kept = () => page.evaluate(() => (localStorage.getItem('tracebus_colors') ?? '').length);
  await until(async () => (await kept()) > 20, 'they are remembered');
  await page.goto(`${url}/graph?by=agent`);
  await sees(page, '.node', 'usher');
  assert.deepEqual(await colors(), first);
});
