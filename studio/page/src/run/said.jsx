// SPDX-License-Identifier: Apache-2.0
//
// What events said: verdicts of guards, messages, every attribute, and the JSON itself.
import { attributes_of, guard_of, messages_of, text_of } from '../event.js';
import { percent } from '../format.js';
import { Copy } from '../parts/small.jsx';
import { Facts } from '../parts/drawer.jsx';

const TEXT_MAX = 20_000; // of one value that is shown; the copy has all of it

export function Turns({ messages }) {
  return messages.map((one, i) => (
    <div class={`turn ${one.reply ? 'reply' : ''}`} key={i}>
      <div class="role">{one.role}</div>
      <div class="said">{cut(one.text)}</div>
    </div>
  ));
}

export function cut(text) {
  if (text.length <= TEXT_MAX) return text;
  return `${text.slice(0, TEXT_MAX)}… (${text.length - TEXT_MAX} characters more; copy the JSON)`;
}

export function SaidByEvents({ events }) {
  const messages = messages_of(events);
  const guards = events.map(guard_of).filter(Boolean);
  const all = merged(events);
  const json = () => JSON.stringify(events.length === 1 ? events[0] : events, null, 2);
  return (
    <>
      {guards.length > 0 && (
        <section>
          <h3>Guard</h3>
          <Verdict guard={guards.at(-1)} />
        </section>
      )}
      {messages.length > 0 && (
        <section class="call">
          <h3>Messages</h3>
          <Turns messages={messages} />
        </section>
      )}
      <section>
        <h3>Attributes</h3>
        <Facts
          small
          pairs={Object.entries(all).map(([key, value]) => [key, cut(text_of(value))])}
        />
      </section>
      <section>
        <div class="row spread">
          <h3>{events.length === 1 ? 'JSON' : `JSON of ${events.length} events`}</h3>
          <Copy text={json} label="Copy the JSON" />
        </div>
        <pre class="payload">{cut(json())}</pre>
      </section>
    </>
  );
}

function merged(events) {
  const all = Object.create(null);
  for (const event of events) Object.assign(all, attributes_of(event));
  return all;
}

export function Verdict({ guard }) {
  return (
    <Facts
      pairs={[
        ['Policy', guard.policy],
        [
          'Action',
          <span key="a" class={guard.blocked ? 'bad' : ''}>
            {guard.action || '–'}
          </span>,
        ],
        ['Blocked', guard.blocked ? 'yes' : 'no'],
        ['Fired', guard.fired ? 'yes' : 'no'],
        ['Confidence', guard.confidence === null ? null : percent(guard.confidence, 0)],
        ['Details', text_of(guard.details)],
      ]}
    />
  );
}
