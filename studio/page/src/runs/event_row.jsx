// SPDX-License-Identifier: Apache-2.0
//
// One event in a list: columns as the server reads them, or what a line of the stream says.
import { useAnswer } from '../answer.js';
import { figures_of, text_of } from '../event.js';
import { clock_time, duration, money, tokens } from '../format.js';
import { Agent } from '../parts/small.jsx';

export function EventHead() {
  return (
    <div class="list_head events_row">
      <span>Time</span>
      <span class="wide">Event</span>
      <span>Agent</span>
      <span class="wide what">What</span>
      <span class="num">Duration</span>
      <span class="num wide what">Tokens</span>
      <span class="num wide">Cost</span>
    </div>
  );
}

export function EventRow({ event }) {
  if (!event) return <span class="faint">…</span>;
  const failed = event.status === 'error' || event.event_type === 'error';
  return (
    <>
      <span class="faint cut">{clock_time(event.time)}</span>
      <span class={`wide cut mono ${failed ? 'bad' : ''}`}>{event.event_type}</span>
      <span class="cut">
        <Agent name={event.agent_name || event.name || event.event_type} />
      </span>
      <span class="wide what cut dim">
        <What event={event} />
      </span>
      <span class="num">{duration(event.duration_ms || null)}</span>
      <span class="num wide what dim">
        {tokens(event.input_tokens, event.output_tokens, event.tokens)}
      </span>
      <span class="num wide">{money(event.cost_usd)}</span>
    </>
  );
}

// A list tells only columns of an event; from whom to whom a hand-off went, why, and which policy
// a guard is of, it says in full.
const IN_FULL = /^(handoff|guard_\w+)$/;

function What({ event }) {
  const asks = IN_FULL.test(event.event_type) && event.number !== undefined && !event.name;
  const whole = useAnswer(asks ? `/api/events/${event.number}` : null);
  const said = whole.answer?.event ? figures_of(whole.answer.event) : event;
  return [hand_off_words(said), event.model || said.name || event.name, said.message]
    .filter((one) => typeof one === 'string' && one)
    .join(' · ');
}

const hand_off_words = ({ from, to }) =>
  typeof to === 'string' && to ? `${text_of(from) || '–'} → ${to}` : '';

// A line of JSONL as such a row.
export function row_of_line(line) {
  const figures = figures_of(line);
  const at =
    typeof line.timestamp === 'number'
      ? new Date(line.timestamp * 1e3).toISOString()
      : line.timestamp;
  return {
    ...figures,
    time: at,
    event_type: String(line.event_type ?? ''),
    agent_name: String(line.agent_name ?? ''),
    run_id: line.run_id,
    span_id: line.span_id,
    status: /error/.test(String(line.event_type)) ? 'error' : '',
    message: typeof figures.message === 'string' ? figures.message : '',
    name: typeof figures.name === 'string' ? figures.name : '',
    model: typeof figures.model === 'string' ? figures.model : '',
  };
}
