// SPDX-License-Identifier: Apache-2.0
//
// What is known of one span: its figures from the tree at once, and what its events said as soon
// as the server tells it.
import { useAnswer } from '../answer.js';
import { duration, money, tokens } from '../format.js';
import { Drawer, Facts } from '../parts/drawer.jsx';
import { Bones, Failure } from '../parts/notices.jsx';
import { Agent, Id, State } from '../parts/small.jsx';
import { SaidByEvents } from './said.jsx';

const EVENTS_MAX = 100; // of one span

export function Details({ tree, span, run_id, fresh, onClose }) {
  const { columns } = tree;
  const span_id = columns.span_id[span];
  const limit = { run: run_id, whole: 1, limit: EVENTS_MAX, sort: 'arrival' };
  const by_id = useAnswer(span_id ? '/api/events' : null, { ...limit, span: span_id }, fresh);
  // Events that say no span id were put in the tree by their agent and kind: so they are found.
  const agent = tree.text('agent', span),
    kind = tree.text('kind', span).toLowerCase();
  const has_none = !span_id || by_id.answer?.matched === 0;
  const by_agent = useAnswer(
    has_none && agent ? '/api/events' : null,
    { ...limit, agent, kind },
    fresh,
  );
  const asked = has_none && agent ? by_agent : by_id;
  const error = tree.text('error', span);
  return (
    <Drawer title={tree.label(span)} onClose={onClose} chips={<Chips tree={tree} span={span} />}>
      {error && (
        <section>
          <div class="notice bad">{error}</div>
        </section>
      )}
      <section>
        <Facts
          pairs={[
            ['Agent', tree.text('agent', span) && <Agent name={tree.text('agent', span)} />],
            ['Model', tree.text('model', span)],
            [
              'Duration',
              columns.open[span] ? open_words(tree) : duration(columns.duration_ms[span]),
            ],
            ['Own time', duration(columns.self_ms[span])],
            ['Began', `${duration(tree.start[span] - tree.first_ms)} into the run`],
            ['Tokens', tokens(columns.input_tokens[span], columns.output_tokens[span])],
            ['Cost', money(columns.cost_usd[span])],
            ['Span', <Id key="id" value={span_id} />],
          ]}
        />
      </section>
      <Said asked={asked} is_guess={asked === by_agent} />
    </Drawer>
  );
}

const open_words = (tree) => (tree.is_running ? 'still running' : 'no end of it came');

function Chips({ tree, span }) {
  const kind = tree.text('kind', span),
    place = tree.text('place', span);
  return (
    <>
      {kind && <span class="chip">{kind.toLowerCase()}</span>}
      {tree.columns.open[span] ? (
        <State value={tree.is_running ? 'open' : 'stale'} />
      ) : (
        <State value={tree.text('status', span)} />
      )}
      {tree.columns.critical[span] === 1 && <span class="chip on">on the critical path</span>}
      {(place === 'orphan' || place === 'cycle') && <span class="chip over">{place}</span>}
    </>
  );
}

function Said({ asked, is_guess }) {
  if (asked.error)
    return (
      <section>
        <Failure error={asked.error} again={asked.again} what="Its events could not be had" />
      </section>
    );
  if (asked.loading && !asked.answer)
    return (
      <section>
        <Bones lines={4} />
      </section>
    );
  const events = (asked.answer?.events ?? []).map((one) => one.event).filter(Boolean);
  if (events.length === 0)
    return (
      <section>
        <p class="faint">
          No event of its own is there: it is only told of by others, or was let go of.
        </p>
      </section>
    );
  return (
    <>
      {is_guess && (
        <section>
          <p class="faint">Its events name no span: these are of its agent and kind in this run.</p>
        </section>
      )}
      <SaidByEvents events={events} />
    </>
  );
}
