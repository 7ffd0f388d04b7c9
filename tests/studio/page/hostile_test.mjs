// SPDX-License-Identifier: Apache-2.0
//
// What strangers wrote is text, wherever it stands: no element is made from it, nothing runs, and
// the policy is never asked.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { DATA, json_of, jsonl, sees, studio, tab, troubles } from './rig.mjs';

const { payloads } = json_of(join(DATA, 'hostile/xss.json'));
const hex = (number, digits) => number.toString(16).padStart(digits, '0');

// A run for each payload, which says it in every field.
function events_of(text, number) {
  const base = {
    run_id: `run ${text}`,
    trace_id: hex(number + 1, 32),
    pattern_type: text,
    agent_name: text,
    session_id: text,
    user_id: text,
    workflow: text,
  };
  const span = (i) => ({
    span_id: hex(number * 16 + i + 1, 16),
    ...(i ? { parent_span_id: hex(number * 16 + 1, 16) } : {}),
  });
  const said = { [text]: text, 'service.name': text, 'span.name': text };
  const at = 1780000000 + number;
  return [
    {
      ...base,
      ...span(0),
      timestamp: at,
      event_type: 'agent_start',
      payload: { workflow: text, ...said },
    },
    {
      ...base,
      ...span(1),
      timestamp: at + 0.1,
      event_type: 'llm_call_end',
      payload: {
        ...said,
        model: text,
        provider: text,
        prompt: text,
        response: text,
        messages: [{ role: text, content: text }],
        duration_ms: 50,
        cost_usd: 0.01,
        input_tokens: 3,
        output_tokens: 4,
      },
    },
    {
      ...base,
      ...span(2),
      timestamp: at + 0.2,
      event_type: 'guard_end',
      payload: {
        ...said,
        'guard.policy': text,
        'guard.action': text,
        'guard.triggered': true,
        'guard.details': { reason: text },
        duration_ms: 5,
      },
    },
    {
      ...base,
      ...span(3),
      timestamp: at + 0.3,
      event_type: 'handoff',
      payload: { ...said, from: text, to: `to ${text}`, reason: text },
    },
    { ...base, ...span(4), timestamp: at + 0.4, event_type: text, payload: said },
    {
      ...base,
      ...span(5),
      timestamp: at + 0.5,
      event_type: 'llm_call_error',
      payload: { ...said, error: text, message: text, 'span.status_message': text, duration_ms: 5 },
    },
    {
      ...base,
      ...span(0),
      timestamp: at + 0.6,
      event_type: 'agent_end',
      payload: { ...said, duration_ms: 600 },
    },
  ];
}

// Elements that the page itself never makes, and attributes that would run something.
const made_of_it = (page) =>
  page.evaluate(() => {
    const bad =
      'iframe, object, embed, math, img, style, form, mglyph, mtext, body script, svg script';
    const found = [...document.querySelectorAll(bad)].map((one) => one.outerHTML);
    for (const one of document.querySelectorAll('*')) {
      for (const { name, value } of one.attributes) {
        if (
          name.startsWith('on') ||
          name === 'srcdoc' ||
          (/^\s*javascript:/i.test(value) && name === 'href')
        ) {
          found.push(`${one.tagName} ${name}=${value}`);
        }
      }
    }
    if ({}.polluted !== undefined || Object.prototype.toString.call([]) !== '[object Array]')
      found.push('prototype');
    return found;
  });

test('G6_HostileTextsAreTextOnEveryPage', async () => {
  const { url } = await studio(jsonl(payloads.flatMap(events_of)));
  const page = await tab(url);
  for (const path of [
    '/',
    '/runs',
    '/runs?view=events',
    '/graph?by=agent',
    '/graph',
    '/costs',
    '/costs?by=agent',
    '/costs?by=workflow',
    '/costs?by=run',
    '/costs?by=user',
    '/providers',
    '/exporters',
  ]) {
    await page.goto(url + path);
    await sees(page, 'h1.headline', /\d|Nothing/);
    await page.waitForLoadState('networkidle');
    assert.deepEqual(await made_of_it(page), [], path);
  }
  for (const text of payloads) {
    await page.goto(`${url}/runs?view=events&agent=${encodeURIComponent(text)}`);
    await sees(page, '.list .line', text.replace('\u2028', ''));
    assert.deepEqual(await made_of_it(page), [], `${text} among events`);
  }
  await page.goto(`${url}/costs?by=model`);
  for (const text of payloads.filter((one) => !one.includes('\u2028'))) {
    await sees(page, '.table', text);
  }
  assert.deepEqual(await troubles(page), []);
});

test('G6_HostileTextsAreTextInEveryViewOfARun', async () => {
  const { url } = await studio(jsonl(payloads.flatMap(events_of)));
  const page = await tab(url);
  for (const [number, text] of payloads.entries()) {
    const id = encodeURIComponent(`run ${text}`);
    await page.goto(`${url}/run?id=${id}&span=${hex(number * 16 + 2, 16)}`);
    await sees(page, '.drawer .said', text.replace('\u2028', ''));
    assert.deepEqual(await made_of_it(page), [], text);
    for (const tab_name of ['flame', 'messages', 'guards', 'graph']) {
      await page.goto(`${url}/run?id=${id}&tab=${tab_name}`);
      await sees(page, 'h1.headline', /\d/);
      if (tab_name === 'messages') await sees(page, '.call .said', text.replace('\u2028', ''));
      if (tab_name === 'guards') await page.locator('.scrolls tbody tr').first().waitFor();
      if (tab_name === 'graph') await page.locator('.node').first().waitFor();
      assert.deepEqual(await made_of_it(page), [], `${text} in ${tab_name}`);
    }
  }
  assert.deepEqual(await troubles(page), []);
});

test('G6_HostileAddressesAreText', async () => {
  const { url } = await studio(jsonl(events_of('plain', 1)));
  const page = await tab(url);
  for (const text of payloads) {
    const hostile = encodeURIComponent(text);
    for (const path of [
      `/run?id=${hostile}`,
      `/runs?status=${hostile}`,
      `/runs?view=live&agent=${hostile}`,
      `/graph?unfold=${hostile}`,
      `/run?id=run%20plain&tab=${hostile}&span=${hostile}&q=${hostile}`,
    ]) {
      await page.goto(url + path);
      await page.locator('h1, .notice').first().waitFor();
      assert.deepEqual(await made_of_it(page), [], path);
    }
  }
  // A question that the server refuses is an error of the browser's log, and of nothing else.
  const other = (await troubles(page)).filter((one) => !/status of 4\d\d/.test(one));
  assert.deepEqual(other, []);
});
