// SPDX-License-Identifier: Apache-2.0
//
// Dark and light, from the tokens of style.css. What is drawn on a canvas reads them here.
import { useEffect, useState } from 'preact/hooks';

const KEY = 'tracebus_theme';
const listeners = new Set();
const system = matchMedia('(prefers-color-scheme: light)');
let cache = new Map();

function apply() {
  const chosen = localStorage.getItem(KEY);
  document.documentElement.dataset.theme = chosen ?? (system.matches ? 'light' : 'dark');
  cache = new Map();
  for (const listener of [...listeners]) listener(theme());
}

export function start_theme() {
  system.addEventListener('change', apply);
  apply();
}

export function theme() {
  return document.documentElement.dataset.theme;
}

export function switch_theme() {
  localStorage.setItem(KEY, theme() === 'dark' ? 'light' : 'dark');
  apply();
}

export function useTheme() {
  const [value, set] = useState(theme());
  useEffect(() => {
    listeners.add(set);
    return () => listeners.delete(set);
  }, []);
  return value;
}

// The value of a token, such as token('line').
export function token(name) {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    cache.set(name, value);
  }
  return value;
}

export const sans = (size, weight = 400) => `${weight} ${size}px ${token('sans')}`;
export const mono = (size) => `${size}px ${token('mono')}`;
