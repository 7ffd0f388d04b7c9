// SPDX-License-Identifier: Apache-2.0
//
// The keyboard: each view says which keys it takes, in words for the list that `?` shows. What
// lies above another view takes a key before it. While somebody types, only Escape is a key.
import { useEffect, useRef, useState } from 'preact/hooks';

const layers = []; // {title, keys: [[keys, words, action]]}, what lies above others last

// From below to above; of equals, the later one is above.
const ORDER = [
  'Go to',
  'Everywhere',
  'Run',
  'List',
  'Waterfall',
  'Flamegraph',
  'Graph',
  'Details',
  'Menu',
  'Keys',
];

// keys: [['j', 'next row', action], ['g h', 'Home', action], ...]; an action that returns false
// leaves the key to others. A view's keys hold as long as the view is there.
export function useKeys(title, keys) {
  const layer = useRef({ title, keys });
  layer.current.keys = keys;
  useEffect(() => {
    layers.push(layer.current);
    layers.sort((a, b) => ORDER.indexOf(a.title) - ORDER.indexOf(b.title));
    return () => layers.splice(layers.indexOf(layer.current), 1);
  }, []);
}

let prefix = '';
let prefix_timer = 0;

function name_of(event) {
  if (event.key === ' ') return 'Space';
  return event.key.length === 1 ? event.key : event.key;
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest?.('input, select, textarea');
  if (typing && event.key !== 'Escape') return;
  const on_button = event.target.closest?.('button, a');
  if (on_button && (event.key === 'Enter' || event.key === ' ')) return;
  const key = prefix ? `${prefix} ${name_of(event)}` : name_of(event);
  prefix = '';
  for (const layer of [...layers].reverse()) {
    for (const [names, , action] of layer.keys) {
      if (!names.split(', ').includes(key) || action(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
  if (key === 'g') {
    prefix = 'g';
    clearTimeout(prefix_timer);
    prefix_timer = setTimeout(() => {
      prefix = '';
    }, 1500);
  }
}

addEventListener('keydown', pressed);

export function focus_search() {
  const field = document.getElementById('search');
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

export function KeysDialog() {
  const [open, set] = useState(false);
  useKeys('Everywhere', [
    ['?', 'this list', () => set((was) => !was)],
    ['Escape', 'back out', () => false],
  ]);
  useKeys('Keys', [['Escape', '', () => (open ? set(false) : false)]]);
  useEffect(() => {
    const show = () => set(true);
    addEventListener('show-keys', show);
    return () => removeEventListener('show-keys', show);
  }, []);
  if (!open) return null;
  const titles = ORDER.filter((title) => keys_of(title).length > 0).reverse();
  return (
    <div class="veil" onClick={() => set(false)}>
      <div
        class="dialog"
        role="dialog"
        aria-label="Keys"
        onClick={(event) => event.stopPropagation()}
      >
        <h2>Keys</h2>
        <div class="keys">
          {titles.map((title) => (
            <section key={title}>
              <h3>{title}</h3>
              <ul>
                {keys_of(title).map(([names, words]) => (
                  <li key={names}>
                    <span>{words}</span>
                    <span>
                      {names.split(', ').map((name) => (
                        <kbd key={name}>{name}</kbd>
                      ))}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}

function keys_of(title) {
  return layers
    .filter((layer) => layer.title === title)
    .flatMap((layer) => layer.keys)
    .filter(([, words]) => words);
}
