// SPDX-License-Identifier: Apache-2.0
//
// What one event says in full, of the store by its number, or of the stream as a line.
import { useAnswer } from '../answer.js';
import { Drawer } from '../parts/drawer.jsx';
import { Answer } from '../parts/notices.jsx';
import { Link, run_href } from '../route.jsx';
import { SaidByEvents } from '../run/said.jsx';

export function EventDrawer({ number, onClose }) {
  const event = useAnswer(`/api/events/${number}`);
  return (
    <Drawer
      title={event.answer?.name || event.answer?.event_type || 'Event'}
      onClose={onClose}
      chips={event.answer && <RunLink of={event.answer} />}
    >
      <Answer of={event} what="The event could not be had">
        {(answer) => <SaidByEvents events={[answer.event]} />}
      </Answer>
    </Drawer>
  );
}

export function LineDrawer({ line, onClose }) {
  return (
    <Drawer
      title={String(line.event_type ?? 'Event')}
      onClose={onClose}
      chips={<RunLink of={line} />}
    >
      <SaidByEvents events={[line]} />
    </Drawer>
  );
}

// An event of the stream by its id there, N-INSTANCE, that is not among those shown.
export function GoneDrawer({ id, instance, onClose }) {
  const [number, of] = id.split('-');
  if (!instance || !of || of === String(instance))
    return <EventDrawer number={Number(number)} onClose={onClose} />;
  return (
    <Drawer title="Event" onClose={onClose}>
      <section>
        <p class="dim">
          Studio was started anew since this event came, and what it had before is gone.
        </p>
      </section>
    </Drawer>
  );
}

function RunLink({ of }) {
  if (!of.run_id) return <span class="faint">It names no run.</span>;
  return (
    <Link class="button" to={run_href(of.run_id, { span: of.span_id })}>
      Open its run
    </Link>
  );
}
