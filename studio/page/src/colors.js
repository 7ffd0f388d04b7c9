// SPDX-License-Identifier: Apache-2.0
//
// The colour of an agent: one of five that colour-blind eyes tell apart, and the same everywhere,
// because it comes from the name alone. Red and amber are not among them: they mean something.
import { token } from './theme.js';

const COLORS = 5;

// FNV-1a, so that names that differ in one letter differ in colour, mostly.
export function color_number(name) {
  if (!name) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; ++i) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 13), 0x45d9f3b);
  return 1 + (((hash ^ (hash >>> 16)) >>> 0) % COLORS);
}

// 0 is for what belongs to no agent.
export const color_class = (name) => `c${color_number(name)}`;
export const color_of = (name) => token(`c${color_number(name)}`);
