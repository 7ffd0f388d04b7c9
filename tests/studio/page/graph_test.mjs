// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
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
