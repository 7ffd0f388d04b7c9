// SPDX-License-Identifier: Apache-2.0
//
// The events for which the filters hold, the latest first; what one says stands beside it.
import { useState } from 'preact/hooks';

import { counted } from '../format.js';
import { useKeys } from '../keys.jsx';
import { usePages } from '../pages_of.js';
import { Failure, FirstTrace } from '../parts/notices.jsx';
import { Rows } from '../parts/rows.jsx';
import { set_parameters } from '../route.jsx';
import { useStatus } from '../status.js';
import { EventDrawer } from './event_drawer.jsx';
import { EventHead, EventRow } from './event_row.jsx';

const listed = (answer) => answer.events;

export function EventList({ filters, filter_bar, parameters }) {
  const { status } = useStatus();
  const [turn, set_turn] = useState(0);
  const events = usePages('/api/events', { ...filters, sort: 'time', reverse: 1 }, listed, turn);
  const shown = parameters.event ? Number(parameters.event) : undefined;
  const picked = shown === undefined ? -1 : events.find((one) => one.number === shown);
  const close = () => set_parameters({ event: '' });
  useKeys('List', [
    ['Escape', 'close the details', () => (shown !== undefined ? close() : false)],
    ['r', 'ask again', () => set_turn(turn + 1)],
  ]);
  const pick = (index) => events.at(index) && set_parameters({ event: events.at(index).number });
  return (
    <>
      <div class="head">
        <div class="row spread">
          <h1 class="headline">
            {events.matched === null ? (
              'Events'
            ) : (
              <>
                <b>{counted(events.matched, 'event')}</b> match, the latest first
              </>
            )}
          </h1>
          {status?.live && (
            <button class="button" type="button" onClick={() => set_turn(turn + 1)}>
              Ask again
            </button>
          )}
        </div>
        {filter_bar}
        {events.error && (
          <Failure error={events.error} again={events.again} what="The events could not be had" />
        )}
        {events.matched === 0 &&
          (status?.loaded ? (
            <p class="dim">No event matches. Take a filter away, or search for less.</p>
          ) : (
            <FirstTrace />
          ))}
      </div>
      <div class="bench">
        <div class="list_box">
          {events.matched > 0 && <EventHead />}
          <Rows
            length={events.matched ?? 0}
            height={36}
            kind="events_row"
            picked={picked}
            want={events.want}
            label="Events"
            onPick={pick}
            onOpen={pick}
            row={(index) => <EventRow event={events.at(index)} />}
          />
        </div>
        {shown !== undefined && !Number.isNaN(shown) && (
          <EventDrawer number={shown} onClose={close} />
        )}
      </div>
    </>
  );
}
