// SPDX-License-Identifier: Apache-2.0
//
// What holds for the page's sources and for what is built of them, without a browser.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const PAGE = process.env.TRACEBUS_PAGE;
const files_below = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
const sources = files_below(join(PAGE, 'src'));

test('G6_NoSourceMakesElementsOfText', () => {
  const forbidden =
    /innerHTML|dangerouslySet|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc/;
  assert.ok(sources.length > 20);
  for (const path of sources) {
    readFileSync(path, 'utf8')
      .split('\n')
      .forEach((line, i) => {
        assert.doesNotMatch(line, forbidden, `${path}:${i + 1}`);
      });
  }
});

test('G6_WhatIsBuiltCannotMakeElementsOfText', () => {
  for (const path of files_below(join(PAGE, 'dist'))) {
    assert.doesNotMatch(
      readFileSync(path, 'utf8'),
      /\binnerHTML|outerHTML|insertAdjacentHTML|\beval\(/,
      path,
    );
  }
});

test('G6_ThePageAsksNobodyElseAndRunsNothingInline', () => {
  const html = readFileSync(join(PAGE, 'dist/index.html'), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  const known = /^(https?:\/\/(127\.0\.0\.1|www\.w3\.org|NAME)\b.*)$/;
  for (const path of files_below(join(PAGE, 'dist'))) {
    const text = readFileSync(path, 'utf8');
    for (const [address] of text.matchAll(/https?:\/\/[\w.-]+[^\s"'`)]*/g))
      assert.match(address, known, path);
    assert.doesNotMatch(text, /@import|sourceMappingURL/, path);
  }
});

test('ThePageIsSmall', () => {
  const bytes = (name) => statSync(join(PAGE, 'dist/assets', name)).size;
  assert.ok(bytes('app.js') < 160_000, `app.js has ${bytes('app.js')} bytes`);
  assert.ok(bytes('app.css') < 40_000, `app.css has ${bytes('app.css')} bytes`);
});

const css_of = () =>
  files_below(join(PAGE, 'src/style'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

test('TypeSizesAndCornersAreThoseOfTheDesign', () => {
  const css = css_of();
  for (const [, size] of css.matchAll(/font(?:-size)?:[^;]*?\b(\d+)px/g)) {
    assert.ok([0, 12, 13, 14, 16, 20, 28].includes(Number(size)), `${size}px`);
  }
});

// As WCAG 2.1 defines it.
function contrast(a, b) {
  const light = (color) => {
    const [r, g, blue] = [1, 3, 5]
      .map((i) => parseInt(color.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test('TextsHaveTheContrastOfAAInBothThemes', () => {
  const css = css_of();
  for (const theme of ['dark', 'light']) {
    const block = css.match(new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`))[1];
    const tokens = Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v]),
    );
    const pairs = ['text', 'dim', 'faint', 'red', 'amber', 'accent'].flatMap((ink) =>
      ['bg', 'panel', 'raised'].map((ground) => [ink, ground]),
    );
    pairs.push(
      ['red', 'red-soft'],
      ['amber', 'amber-soft'],
      ['accent', 'accent-soft'],
      ['text', 'accent-soft'],
      ['text', 'hover'],
      ...[0, 1, 2, 3, 4, 5].map((i) => ['on-color', `c${i}`]),
    );
    // Arrows of graphs are no texts: 3:1 does for them.
    const arrow = css.match(/\.edge path\.way \{\s*stroke: var\(--([\w-]+)\)/)[1];
    assert.ok(contrast(tokens[arrow], tokens.bg) >= 3, `${theme}: ${arrow}`);
    for (const [ink, ground] of pairs) {
      const ratio = contrast(tokens[ink], tokens[ground]);
      assert.ok(ratio >= 4.5, `${theme}: ${ink} on ${ground} is ${ratio.toFixed(2)}`);
    }
  }
});
