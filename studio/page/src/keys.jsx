// SPDX-License-Identifier: Apache-2.0
//
// The keyboard: each view says which keys it takes, in words for the list that `?` shows. What
// lies above another view takes a key before it. While somebody types, only Escape is a key.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

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
// leaves the key to others, and the key '*' is any. Words may be a function: '' where the key does
// nothing just then. A view's keys hold as long as the view is there.
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
  const on_button = event.target.closest?.('button, a, [role=button]');
  if (on_button && (event.key === 'Enter' || event.key === ' ')) return;
  const key = prefix ? `${prefix} ${name_of(event)}` : name_of(event);
  prefix = '';
  for (const layer of [...layers].reverse()) {
    for (const [names, , action] of layer.keys) {
      if (names !== '*' && !names.split(', ').includes(key)) continue;
      if (action(event) === false) continue;
      if (names !== '*') event.preventDefault();
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

// What can be opened in a view is marked data-row: j and k go from one to the next, and Enter,
// which is the browser's, opens it. `among` is where they are.
export function move_focus(by, among = 'main [data-row]') {
  const rows = [...document.querySelectorAll(among)].filter((one) => one.getClientRects().length);
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  next?.focus();
  return true;
}

export function useRowKeys() {
  useKeys('List', [
    ['j, ArrowDown', 'next row', () => move_focus(1)],
    ['k, ArrowUp', 'row before', () => move_focus(-1)],
    ['Enter', 'open', () => false],
  ]);
}

export const has_search = () => document.getElementById('search') !== null;

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
  useKeys('Keys', [
    ['Escape, ?', '', () => (open ? set(false) : false)],
    ['*', '', () => open], // what lies below the list takes no key
  ]);
  useEffect(() => {
    const show = () => set(true);
    addEventListener('show-keys', show);
    return () => removeEventListener('show-keys', show);
  }, []);
  return open && <KeysList onClose={() => set(false)} />;
}

// Takes the focus, keeps it, and gives it back.
function KeysList({ onClose }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current.focus();
    return () => before?.focus?.();
  }, []);
  const keep = (event) => {
    if (event.key !== 'Tab') return;
    event.preventDefault();
    const button = box.current.querySelector('button');
    (document.activeElement === button ? box.current : button).focus();
  };
  const titles = ORDER.filter((title) => keys_of(title).length > 0).reverse();
  return (
    <div class="veil" onClick={onClose}>
      <div
        class="dialog"
        role="dialog"
        aria-modal="true"
        aria-label="Keys"
        ref={box}
        tabIndex={-1}
        onKeyDown={keep}
        onClick={(event) => event.stopPropagation()}
      >
        <div class="row spread">
          <h2>Keys</h2>
          <button class="button quiet" type="button" onClick={onClose}>
            Close <kbd>Escape</kbd>
          </button>
        </div>
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

// Of equal keys of a title, those of the view that is above.
function keys_of(title) {
  const seen = new Set();
  return layers
    .filter((layer) => layer.title === title)
    .flatMap((layer) => layer.keys)
    .map(([names, words]) => [names, typeof words === 'function' ? words() : words])
    .filter(([names, words]) => words && !seen.has(names) && seen.add(names));
}
