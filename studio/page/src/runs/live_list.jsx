// SPDX-License-Identifier: Apache-2.0
//
// The events as they come, the latest first. A pause keeps the list still and counts what waits;
// whatever was missed is said with its number.
import { count, counted } from '../format.js';
import { useKeys } from '../keys.jsx';
import { useLive } from '../live.js';
import { Rows } from '../parts/rows.jsx';
import { set_parameters } from '../route.jsx';
import { useStatus } from '../status.js';
import { GoneDrawer, LineDrawer } from './event_drawer.jsx';
import { EventHead, EventRow, row_of_line } from './event_row.jsx';
import { PauseButton } from './pause_button.jsx';

const WORDS = {
  open: 'as they come',
  connecting: 'the stream is being connected',
  closed: 'the server refused the stream: it gives 256 at most, or a filter is none',
};

export function LiveList({ filters, filter_bar, parameters }) {
  const live = useLive(filters);
  const { status } = useStatus();
  const number = parameters.event ?? null;
  const set_number = (event) => set_parameters({ event });
  const toggle = () => live.pause(!live.paused);
  const close = () => set_number('');
  useKeys('List', [
    ['p', 'pause, and go on', toggle],
    ['Escape', 'close the details', () => (number !== null ? close() : false)],
  ]);
  if (!live) return null;
  const { events } = live;
  const at = (index) => events[events.length - 1 - index];
  const picked =
    number === null ? -1 : events.length - 1 - events.findLastIndex((one) => one.number === number);
  const pick = (index) => {
    set_number(at(index)?.number);
    if (!live.paused) live.pause(true);
  };
  const chosen = picked >= 0 && picked < events.length ? at(picked) : null;
  return (
    <>
      <div class="head">
        <div class="row spread">
          <h1 class="headline">
            <b data-part="live_count">{counted(live.came, 'event')}</b> {WORDS[live.state]}
          </h1>
          <PauseButton paused={live.paused} waiting={live.waits()} onPress={toggle} />
        </div>
        {live.pushed_out > 0 && (
          <p class="sub" data-part="pushed_out">
            {`The latest ${count(events.length)} are listed; ` +
              `${counted(live.pushed_out, 'earlier one')} made room, and are under Events.`}
          </p>
        )}
        {live.missed > 0 && (
          <p class="sub over" data-part="missed">
            {`${counted(live.missed, 'event')} missed: ` +
              'the connection broke or this page was too slow; they are under Events.'}
          </p>
        )}
        {live.restarted && (
          <p class="sub over" data-part="restarted">
            Studio was started anew: what it had before is gone, but for the files it loads again.
          </p>
        )}
        {live.bad > 0 && (
          <p class="sub over">{`${count(live.bad)} lines of the stream were no JSON.`}</p>
        )}
        {filter_bar}
        {events.length === 0 && live.state === 'open' && (
          <p class="dim">
            Nothing has come since this view was opened. What was there before is under{' '}
            <button
              class="button quiet"
              type="button"
              onClick={() => set_parameters({ view: 'events' })}
            >
              Events
            </button>
          </p>
        )}
      </div>
      <div class="bench">
        <div class="list_box">
          {events.length > 0 && <EventHead />}
          <Rows
            length={events.length}
            height={36}
            kind="events_row"
            picked={picked}
            label="Live events"
            onPick={pick}
            onOpen={pick}
            row={(index) => at(index) && <EventRow event={row_of_line(at(index).event)} />}
          />
        </div>
        {chosen && <LineDrawer line={chosen.event} onClose={close} />}
        {!chosen && number !== null && (
          <GoneDrawer id={number} instance={status?.instance} onClose={close} />
        )}
      </div>
    </>
  );
}
