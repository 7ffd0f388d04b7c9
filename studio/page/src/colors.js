// SPDX-License-Identifier: Apache-2.0
//
// The colour of an agent: one of five that colour-blind eyes tell apart. Red and amber are not
// among them: they mean something.
//
// Who is seen first takes, of the colours that none of the last few newcomers has, the one that
// its name asks for: so agents that appear together differ. It keeps it, in every view and tab of
// this browser: what was given is remembered.
const COLORS = 5;
const RECENT = 4; // newcomers of which no two look alike
const NAMES_MAX = 1_000; // that are remembered; later ones have the colour of their name
const LETTERS_MAX = 200;
const KEY = 'tracebus_colors';

// FNV-1a, so that names that differ in one letter differ in colour, mostly.
function of_name(name) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; ++i) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 13), 0x45d9f3b);
  return 1 + (((hash ^ (hash >>> 16)) >>> 0) % COLORS);
}

const is_pair = (one) =>
  Array.isArray(one) && typeof one[0] === 'string' && one[1] >= 1 && one[1] <= COLORS;

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]').filter(is_pair).slice(0, NAMES_MAX);
  } catch {
    return []; // nothing is kept here, or it is not ours
  }
}

let given = null; // name → number, the oldest first
let timer = 0;

function remember() {
  timer = 0;
  try {
    // Another tab may have given colours meanwhile: those stay.
    const all = new Map([...given, ...remembered()]);
    localStorage.setItem(KEY, JSON.stringify([...all].slice(0, NAMES_MAX)));
  } catch {
    // There is no room: then it holds for this tab.
  }
}

export function color_number(name) {
  if (!name) return 0;
  given ??= new Map(remembered());
  const known = given.get(name);
  if (known) return known;
  const wish = of_name(name);
  if (given.size >= NAMES_MAX || name.length > LETTERS_MAX) return wish;
  const taken = [...given.values()].slice(-RECENT);
  let number = wish;
  while (taken.includes(number)) number = 1 + (number % COLORS);
  given.set(name, number);
  timer ||= setTimeout(remember, 200);
  return number;
}

// 0 is for what belongs to no agent.
export const color_class = (name) => `c${color_number(name)}`;
