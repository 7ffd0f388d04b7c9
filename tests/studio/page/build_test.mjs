// SPDX-License-Identifier: Apache-2.0
//
// What is committed as dist is what its sources give: npm ci and npm run build, byte for byte.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const PAGE = process.env.TRACEBUS_PAGE;

const files_of = (folder) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

test('SourcesGiveTheCommittedPageByteForByte', () => {
  const copy = mkdtempSync(join(tmpdir(), 'tracebus-page-build-'));
  try {
    cpSync(PAGE, copy, { recursive: true, filter: (path) => !/\/(node_modules|dist)$/.test(path) });
    const npm = (...words) =>
      execFileSync('npm', words, { cwd: copy, stdio: 'pipe', timeout: 300_000 });
    npm('ci', '--ignore-scripts', '--no-audit', '--no-fund');
    npm('run', 'build');
    const built = files_of(join(copy, 'dist')),
      committed = files_of(join(PAGE, 'dist'));
    assert.deepEqual(Object.keys(built), Object.keys(committed));
    for (const name of Object.keys(built))
      assert.equal(built[name] === committed[name], true, `${name} differs`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
