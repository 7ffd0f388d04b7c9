// SPDX-License-Identifier: Apache-2.0
//
// Stops a list that follows, and says how much waits until it goes on.
import { counted } from '../format.js';
import { Icon } from '../parts/icons.jsx';

export function PauseButton({ paused, waiting, one = 'event', onPress }) {
  return (
    <button
      class={`button ${paused ? 'primary' : ''}`}
      type="button"
      data-part="pause"
      aria-pressed={String(paused)}
      onClick={onPress}
      title="p"
    >
      <Icon name={paused ? 'play' : 'pause'} />
      {paused ? (waiting > 0 ? `Go on: ${counted(waiting, one)} waiting` : 'Go on') : 'Pause'}
    </button>
  );
}
