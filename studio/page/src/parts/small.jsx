// SPDX-License-Identifier: Apache-2.0
//
// The small things that every page is made of.
import { useEffect, useRef, useState } from 'preact/hooks';

import { color_class } from '../colors.js';
import { NOTHING } from '../format.js';
import { Icon } from './icons.jsx';

export function Copy({ text, label = 'Copy' }) {
  const [done, set] = useState(false);
  const copy = async (event) => {
    event.stopPropagation();
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
    } catch {
      copy_by_selection(typeof text === 'function' ? text() : text);
    }
    set(true);
    setTimeout(() => set(false), 1200);
  };
  return (
    <button
      class="icon_button"
      type="button"
      onClick={copy}
      aria-label={done ? 'Copied' : label}
      title={done ? 'Copied' : label}
    >
      <Icon name={done ? 'done' : 'copy'} />
    </button>
  );
}

// Where the page is not of a secure origin there is no clipboard to write to.
function copy_by_selection(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export function Id({ value, label = 'Copy the id' }) {
  if (!value) return NOTHING;
  return (
    <span class="id">
      <span class="mono cut">{value}</span>
      <Copy text={value} label={label} />
    </span>
  );
}

export function Agent({ name }) {
  if (!name) return <span class="faint">{NOTHING}</span>;
  return (
    <span class="named">
      <i class={`swatch ${color_class(name)}`} />
      <span class="cut">{name}</span>
    </span>
  );
}

const STATES = {
  success: ['ok', 'succeeded'],
  ok: ['ok', 'ok'],
  failed: ['failed', 'failed'],
  error: ['failed', 'error'],
  failing: ['failed', 'failing'],
  open: ['open', 'running'],
  stale: ['unknown', 'silent'],
  unknown: ['unknown', 'not said'],
  unset: ['unknown', 'not said'],
};

export function State({ value }) {
  const [icon, word] = STATES[value] ?? ['unknown', value];
  return (
    <span class={`state ${value}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

// choices: [[value, label]].
export function Segments({ value, choices, onPick, label }) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {choices.map(([one, words]) => (
        <button
          type="button"
          key={one}
          aria-pressed={String(one === value)}
          onClick={() => onPick(one)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

export function Meter({ share, kind = '' }) {
  const width = Math.max(0, Math.min(1, share || 0));
  return (
    <div class={`meter ${kind}`}>
      <i style={{ width: `${(width * 100).toFixed(1)}%` }} />
    </div>
  );
}

// A field whose text is told a moment after the last key, and at once on Enter.
export function SearchField({ value, onSearch, onEnter, placeholder, id = 'search' }) {
  const [text, set] = useState(value ?? '');
  const timer = useRef(0);
  useEffect(() => set(value ?? ''), [value]);
  const tell = (next) => {
    clearTimeout(timer.current);
    onSearch(next);
  };
  const input = (event) => {
    const next = event.currentTarget.value;
    set(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => tell(next), 250);
  };
  const key = (event) => {
    if (event.key === 'Enter') {
      tell(text);
      onEnter?.(event.shiftKey);
    }
    if (event.key === 'Escape') {
      event.stopPropagation();
      set('');
      tell('');
      event.currentTarget.blur();
    }
  };
  return (
    <label class="field">
      <Icon name="search" />
      <input
        id={id}
        type="text"
        value={text}
        onInput={input}
        onKeyDown={key}
        spellcheck={false}
        autocomplete="off"
        placeholder={placeholder}
        aria-label={placeholder}
      />
      {!text && <kbd>/</kbd>}
    </label>
  );
}

export function Code({ text }) {
  return (
    <div class="code">
      <pre>{text}</pre>
      <Copy text={text} label="Copy the code" />
    </div>
  );
}
