// SPDX-License-Identifier: Apache-2.0
//
// build.js [FOLDER]: makes what the server compiles in, into dist or FOLDER. The same sources and
// the same package-lock.json give the same bytes, wherever and whenever: a test compares them.
import { build } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));

// Preact makes elements of a text when it is asked to in so many words. Of what is built here it
// cannot: there that would be a text, too.
const texts_only = {
  name: 'texts_only',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules[/\\]preact[/\\]dist[/\\]preact\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\.inner[H]TML\b/g, '.textContent'),
    }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'assets'), { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/main.jsx' },
  outdir: join(out, 'assets'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [texts_only],
  legalComments: 'none', // NOTICE names them
});
for (const name of ['index.html', 'assets/icon.svg'])
  copyFileSync(join(here, name), join(out, name));
