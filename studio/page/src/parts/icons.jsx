// SPDX-License-Identifier: Apache-2.0
//
// Icons as strokes on a 16 by 16 field. All of them are decoration: what they mean is said in
// words beside them, or by the label of their button.
const PATHS = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  runs: 'M2.5 4h7M4.5 8h9M4.5 12h5',
  graph:
    'M4 6.2v3.6M5.5 4h5M5 5.2l6 5.6M4 2.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM12 2.5a1.5 1.5 0 1 ' +
    '1 0 3 1.5 1.5 0 0 1 0-3zM4 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM12 10.5a1.5 1.5 0 1 1 0 3 ' +
    '1.5 1.5 0 0 1 0-3z',
  costs:
    'M8 1.5v13M11.5 4.5C11 3.3 9.7 3 8 3 6 3 4.7 3.9 4.7 5.4c0 3.6 6.9 1.6 6.9 5.2C11.6 12.1 ' +
    '10.2 13 8 13c-1.9 0-3.3-.6-3.8-1.9',
  providers: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  exporters: 'M2.5 8H11M8 4.5 11.5 8 8 11.5M13.5 3v10',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5l3 3',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  done: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  ok: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.4 8.2l1.9 1.9 3.4-3.9',
  failed: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6 6l4 4M10 6l-4 4',
  open: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3l2 1.5',
  unknown: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.8 8h4.4',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  sun:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9' +
    'M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  keys: 'M1.5 4.5h13v7h-13zM4 7h.01M6.5 7h.01M9 7h.01M11.5 7h.01M5 9.5h6',
  upload: 'M8 10.5V2.5M4.8 5.5 8 2.3l3.2 3.2M2.5 10v3.5h11V10',
  download: 'M8 2.5v8M4.8 7.3 8 10.5l3.2-3.2M2.5 10v3.5h11V10',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M4.5 3v10l8-5z',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
};

export function Icon({ name }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#5b6cf0" />
      <rect x="6" y="8" width="15" height="4" rx="2" fill="#fff" />
      <rect x="10" y="14" width="16" height="4" rx="2" fill="#fff" opacity=".85" />
      <rect x="10" y="20" width="9" height="4" rx="2" fill="#fff" opacity=".7" />
    </svg>
  );
}
