// SPDX-License-Identifier: Apache-2.0
//
// Two tabs of a run, of what its events said in full: the messages of models' calls, each beside
// its tokens and cost, and the verdicts of guards. Both are asked for page by page.
import { useEffect, useState } from 'preact/hooks';

import { ask } from '../api.js';
import { guard_of, messages_of, text_of } from '../event.js';
import { counted, duration, money, percent, tokens } from '../format.js';
import { Bones, Failure } from '../parts/notices.jsx';
import { Agent, Copy, State } from '../parts/small.jsx';
import { set_parameters } from '../route.jsx';
import { Turns } from './said.jsx';

const PAGE = 200;

// The run's events of a kind with all that they said: {events, matched, error, more()}.
function useEvents(run_id, kind, fresh) {
  const [state, set] = useState({ events: null, matched: 0, error: null });
  const [pages, set_pages] = useState(1);
  useEffect(() => {
    const stop = new AbortController();
    const parameters = { run: run_id, kind, whole: 1, sort: 'time', limit: pages * PAGE };
    ask('/api/events', parameters, stop.signal).then(
      ({ events, matched }) => set({ events, matched, error: null }),
      (error) => !stop.signal.aborted && set((was) => ({ ...was, error })),
    );
    return () => stop.abort();
  }, [run_id, kind, pages, fresh]);
  return { ...state, more: () => set_pages(pages + 1) };
}

// The start and the end of a span are events of their own.
function by_span(events) {
  const spans = new Map();
  for (const event of events) {
    const key = event.span_id || `#${event.number}`;
    if (!spans.has(key)) spans.set(key, []);
    spans.get(key).push(event);
  }
  return [...spans.values()];
}

function Shown({ of, what, none, children }) {
  if (of.error) return <Failure error={of.error} what={what} />;
  if (!of.events) return <Bones lines={8} />;
  if (of.matched === 0) return <p class="dim">{none}</p>;
  return (
    <>
      {children}
      {of.events.length < of.matched && (
        <button class="button" type="button" onClick={of.more}>
          {`Show more: ${counted(of.matched - of.events.length, 'event')} left`}
        </button>
      )}
    </>
  );
}

export function Messages({ run_id, fresh, selected_id }) {
  const of = useEvents(run_id, 'llm', fresh);
  return (
    <div class="scrolls">
      <Shown of={of} what="The messages could not be had" none="No model was called in this run.">
        {of.events &&
          by_span(of.events).map((events) => (
            <Call
              key={events[0].number}
              events={events}
              picked={events[0].span_id === selected_id}
            />
          ))}
      </Shown>
    </div>
  );
}

function Call({ events, picked }) {
  const last = events.at(-1),
    said = (name) => events.findLast((one) => one[name])?.[name] ?? null;
  const messages = messages_of(events.map((one) => one.event));
  const json = () =>
    JSON.stringify(
      events.map((one) => one.event),
      null,
      2,
    );
  return (
    <article class={`call ${picked ? 'picked' : ''}`}>
      <header>
        <Agent name={last.agent_name} />
        <span class="dim">{said('model')}</span>
        <span class="grow" />
        {events.some((one) => one.status === 'error') && <State value="error" />}
        <span>{last.open ? 'still running' : duration(said('duration_ms'))}</span>
        <span class="dim">
          {tokens(said('input_tokens'), said('output_tokens'), said('tokens'))}
        </span>
        <b>{money(said('cost_usd'))}</b>
        {last.span_id && (
          <button
            class="button quiet"
            type="button"
            onClick={() => set_parameters({ tab: '', span: last.span_id }, { push: true })}
          >
            waterfall
          </button>
        )}
        <Copy text={json} label="Copy the JSON of this call" />
      </header>
      {messages.length ? (
        <Turns messages={messages} />
      ) : (
        <p class="turn faint">What was said was not recorded.</p>
      )}
    </article>
  );
}

export function Guards({ run_id, fresh }) {
  const of = useEvents(run_id, 'guard', fresh);
  const verdicts = of.events ? by_span(of.events).map(verdict_of).filter(Boolean) : [];
  const blocked = verdicts.filter((one) => one.guard.blocked).length;
  const fired = verdicts.filter((one) => one.guard.fired).length;
  return (
    <div class="scrolls">
      <Shown of={of} what="The guards could not be had" none="No guard ran in this run.">
        <p class="dim">
          {`${counted(verdicts.length, 'check')}: ${fired} fired, ${blocked} blocked.`}
        </p>
        <div class="scroll_x">
          <table class="table">
            <thead>
              <tr>
                <th>Policy</th>
                <th>Action</th>
                <th>Blocked</th>
                <th class="num">Confidence</th>
                <th>Agent</th>
                <th class="num">Duration</th>
                <th>Details</th>
              </tr>
            </thead>
            <tbody>
              {verdicts.map((one) => (
                <GuardRow key={one.event.number} {...one} />
              ))}
            </tbody>
          </table>
        </div>
      </Shown>
    </div>
  );
}

function verdict_of(events) {
  for (const event of [...events].reverse()) {
    const guard = guard_of(event.event);
    if (guard) return { event, guard };
  }
  return null;
}

function GuardRow({ event, guard }) {
  return (
    <tr
      class="goes"
      onClick={() => set_parameters({ tab: '', span: event.span_id }, { push: true })}
    >
      <td>{guard.policy || event.name}</td>
      <td>
        <span class={`chip ${guard.blocked ? 'bad' : guard.fired ? 'over' : ''}`}>
          {guard.action || '–'}
        </span>
      </td>
      <td class={guard.blocked ? 'bad' : 'faint'}>{guard.blocked ? 'yes' : 'no'}</td>
      <td class="num">{percent(guard.confidence, 0)}</td>
      <td>
        <Agent name={event.agent_name} />
      </td>
      <td class="num">{duration(event.duration_ms)}</td>
      <td class="cut dim">{text_of(guard.details?.reason ?? guard.details)}</td>
    </tr>
  );
}
