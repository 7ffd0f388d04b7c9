// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { FIXTURE, headline, jsonl, sees, studio, tab, text_file, troubles } from './rig.mjs';
import { small_run } from './made_events.mjs';

async function choose(page, files) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add a file' }).click();
  await (await chooser).setFiles(files);
}

test('Row75_AFileChosenIsAddedToWhatIsThere', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url);
  await sees(page, 'h1', '1 run');
  await choose(page, FIXTURE);
  await sees(page, '[data-upload=done]', '17 events of 2 runs added');
  await sees(page, 'h1', '3 runs');
  assert.deepEqual(await troubles(page), []);
});

test('AFileDroppedIsAddedToo', async () => {
  const { url } = await studio();
  const page = await tab(url);
  await sees(page, '.empty', 'No trace has come yet');
  const text = readFileSync(FIXTURE, 'utf8');
  await page.evaluate((body) => {
    const data = new DataTransfer();
    data.items.add(new File([body], 'dropped.jsonl'));
    for (const type of ['dragover', 'drop']) {
      dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, text);
  await sees(page, '[data-upload=done]', '17 events of 2 runs added');
  await sees(page, 'h1', '2 runs');
  assert.match(await headline(page), /\$0\.0248/);
});

test('LinesThatAreBadAreNamedAndTheRestIsThere', async () => {
  const { url } = await studio();
  const page = await tab(url);
  await sees(page, 'h1', '0 runs');
  const lines = readFileSync(FIXTURE, 'utf8').split('\n');
  lines.splice(3, 0, '{"event_type": "torn');
  await choose(page, text_file('torn.jsonl', lines.join('\n')));
  await sees(page, '[data-upload=done]', 'Line 4 is left out');
  await sees(page, 'h1', '2 runs');
});

test('WhatIsNoTraceIsRefusedWithItsReason', async () => {
  const { url } = await studio();
  const page = await tab(url);
  await sees(page, 'h1', '0 runs');
  await choose(page, text_file('picture.png', '\x89PNG\r\n\x1a\n'));
  await page.locator('[data-upload]').first().waitFor();
  await sees(page, '[data-upload=failed], [data-upload=done]', /left out|picture\.png/);
});

test('WhileTheServerReadsThePageTellsWhatTheStoreHolds', async () => {
  const { url } = await studio(jsonl(small_run()));
  const page = await tab(url);
  await sees(page, 'h1', '1 run');
  let go_on;
  const held = new Promise((resolve) => {
    go_on = resolve;
  });
  await page.route('**/api/upload*', async (route) => {
    await page.locator('[data-upload=sending]').waitFor(); // which knows the store before it
    // A file's bytes are not told to who stands between: they are sent from here.
    const response = await fetch(`${url}/api/upload?name=same.jsonl`, {
      method: 'POST',
      body: readFileSync(FIXTURE),
    });
    await held;
    await route.fulfill({ json: await response.json() });
  });
  await choose(page, FIXTURE);
  await sees(page, '[data-upload=sending]', 'The store has 30 events, 17 more than before');
  go_on();
  await sees(page, '[data-upload=done]', '17 events of 2 runs added');
});
