// SPDX-License-Identifier: Apache-2.0
//
// The details at the right: beside what it explains, never over it.
import { useKeys } from '../keys.jsx';
import { Icon } from './icons.jsx';

export function Drawer({ title, chips, onClose, children }) {
  useKeys('Details', [['Escape', 'close', onClose]]);
  return (
    <aside class="drawer" aria-label="Details">
      <header>
        <div class="row spread" style={{ flexWrap: 'nowrap' }}>
          <h2 class="grow">{title}</h2>
          <button
            class="icon_button"
            type="button"
            onClick={onClose}
            aria-label="Close the details"
            title="Esc"
          >
            <Icon name="close" />
          </button>
        </div>
        {chips && <div class="row">{chips}</div>}
      </header>
      {children}
    </aside>
  );
}

// pairs: [[name, what]]; those without anything are left out.
export function Facts({ pairs, small }) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (shown.length === 0) return null;
  return (
    <dl class={`facts ${small ? 'small' : ''}`}>
      {shown.map(([name, value]) => [
        <dt key={`${name}?`}>{name}</dt>,
        <dd key={name}>{value}</dd>,
      ])}
    </dl>
  );
}
