// SPDX-License-Identifier: Apache-2.0
//
// Two tabs of a run, of what its events said in full: the messages of models' calls, each beside
// its tokens and cost, and the verdicts of guards. Both are asked for page by page, of what is
// selected.
import { useState } from 'preact/hooks';

import { useAnswer } from '../answer.js';
import { guard_of, messages_of, text_of } from '../event.js';
import { counted, duration, money, percent, tokens } from '../format.js';
import { useRowKeys } from '../keys.jsx';
import { Bones, Failure } from '../parts/notices.jsx';
import { Agent, Copy, State } from '../parts/small.jsx';
import { set_parameters } from '../route.jsx';
import { Turns } from './said.jsx';

const PAGE = 200;

// The run's events of a kind with all that they said: {events, matched, error, more()}. What is
// there stays until the next answer.
function useEvents({ run_id, kind, fresh, selection }) {
  const [pages, set_pages] = useState(1);
  const { tree } = selection;
  const is_kind = (span) => tree.text('kind', span).toLowerCase() === kind;
  const time = selection.filters(is_kind);
  const asked = useAnswer(
    '/api/events',
    { run: run_id, kind, ...time, whole: 1, sort: 'time', limit: pages * PAGE },
    fresh,
  );
  const answer = asked.answer ?? asked.before;
  return {
    events: answer && answer.events.filter((one) => selection.has_event(one)),
    left: answer ? answer.matched - answer.events.length : 0,
    error: asked.error,
    again: asked.again,
    more: () => set_pages(pages + 1),
  };
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

function Shown({ of, what, none, selection, children }) {
  if (of.error && !of.events) return <Failure error={of.error} again={of.again} what={what} />;
  if (!of.events) return <Bones lines={8} />;
  return (
    <>
      {of.error && <Failure error={of.error} again={of.again} what={what} />}
      {of.events.length === 0 ? (
        <p class="dim">
          {selection.is_all() ? none : 'None in what is selected: the chips above end that.'}
        </p>
      ) : (
        children
      )}
      {of.left > 0 && (
        <button class="button" type="button" onClick={of.more}>
          {`Show more: ${counted(of.left, 'event')} left`}
        </button>
      )}
    </>
  );
}

const AS_RECORDED =
  'What was said in some calls was not recorded. From OpenTelemetry it is sent with ' +
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true; in an event of tracebus it is ' +
  'messages and response of the payload.';

export function Messages({ tree, run_id, fresh, selection }) {
  const of = useEvents({ run_id, kind: 'llm', fresh, selection });
  const calls = (of.events ? by_span(of.events) : []).map((events) => ({
    events,
    messages: messages_of(events.map((one) => one.event)),
  }));
  useRowKeys();
  return (
    <div class="scrolls">
      <Shown
        of={of}
        selection={selection}
        what="The messages could not be had"
        none="No model was called in this run."
      >
        {calls.some((one) => one.messages.length === 0) && <p class="sub hint">{AS_RECORDED}</p>}
        {calls.map((one) => (
          <Call key={one.events[0].number} {...one} tree={tree} selection={selection} />
        ))}
      </Shown>
    </div>
  );
}

function Call({ events, messages, tree, selection }) {
  const last = events.at(-1),
    span = tree.find(last.span_id);
  const said = (name) => events.findLast((one) => one[name])?.[name] ?? null;
  // What a call cost may be told by an event of its own: the tree has it all.
  const figure = (name) => said(name) ?? (span >= 0 ? tree.columns[name][span] : null);
  const json = () =>
    JSON.stringify(
      events.map((one) => one.event),
      null,
      2,
    );
  const is_picked = span >= 0 && span === selection.span;
  return (
    <article class={`call ${is_picked ? 'picked' : ''}`}>
      <header>
        <Agent name={last.agent_name} />
        <span class="dim">{said('model')}</span>
        <span class="grow" />
        {events.some((one) => one.status === 'error') && <State value="error" />}
        <span>{last.open ? 'still running' : duration(figure('duration_ms'))}</span>
        <span class="dim">
          {tokens(figure('input_tokens'), figure('output_tokens'), said('tokens'))}
        </span>
        <b data-part="cost">{money(figure('cost_usd'))}</b>
        {last.span_id && (
          <button
            class="button quiet"
            type="button"
            data-row
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
        <p class="unsaid faint">What was said was not recorded.</p>
      )}
    </article>
  );
}

export function Guards({ run_id, fresh, selection }) {
  const of = useEvents({ run_id, kind: 'guard', fresh, selection });
  const verdicts = of.events ? by_span(of.events).map(verdict_of).filter(Boolean) : [];
  const blocked = verdicts.filter((one) => one.guard.blocked).length;
  const fired = verdicts.filter((one) => one.guard.fired).length;
  useRowKeys();
  return (
    <div class="scrolls">
      <Shown
        of={of}
        selection={selection}
        what="The guards could not be had"
        none="No guard ran in this run."
      >
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
  const open = () => set_parameters({ tab: '', span: event.span_id }, { push: true });
  return (
    <tr class="goes" onClick={open}>
      <td>
        <button class="as_text" type="button" data-row>
          {guard.policy || event.name}
        </button>
      </td>
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
