// SPDX-License-Identifier: Apache-2.0
//
// The address of the page is its state: every view has a link that restores it, and going back
// goes back. A path, and parameters as in `?a=1&b=2`.
import { useEffect, useState } from 'preact/hooks';

const listeners = new Set();
let current = read();

function read() {
  return {
    path: location.pathname,
    parameters: Object.fromEntries(new URLSearchParams(location.search)),
  };
}

function changed() {
  current = read();
  for (const listener of [...listeners]) listener(current);
}

window.addEventListener('popstate', changed);

export function route() {
  return current;
}

export function useRoute() {
  const [value, set] = useState(current);
  useEffect(() => {
    listeners.add(set);
    set(current);
    return () => listeners.delete(set);
  }, []);
  return value;
}

// "/run", {id: 'a', tab: ''} as "/run?id=a". Empty values are left out.
export function href(path, parameters = {}) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== '' && value !== null && value !== undefined) pairs.set(name, String(value));
  }
  const text = pairs.toString();
  return text ? `${path}?${text}` : path;
}

export function go(address) {
  if (address === location.pathname + location.search) return;
  history.pushState(null, '', address);
  changed();
  document.querySelector('main')?.scrollTo(0, 0);
}

// Changes some parameters and keeps the others. Whatever only refines a view replaces it, so that
// going back leaves the view; `push` makes a step of its own.
export function set_parameters(patch, { push = false } = {}) {
  const address = href(location.pathname, { ...current.parameters, ...patch });
  if (address === location.pathname + location.search) return;
  history[push ? 'pushState' : 'replaceState'](null, '', address);
  changed();
}

export const run_href = (run_id, more = {}) => href('/run', { id: run_id, ...more });

// Links within the page do not load it anew; with a modifier they are the browser's.
export function Link({ to, children, ...rest }) {
  const click = (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={click} {...rest}>
      {children}
    </a>
  );
}
