// SPDX-License-Identifier: Apache-2.0
//
// Exporters: does everything arrive? Queues, drops with their reasons, the lag of the bus, what the
// receiver refused, and the lines of files that could not be read.
import { useEffect, useState } from 'preact/hooks';

import { useAnswer } from '../answer.js';
import { bytes, count, counted, duration, percent } from '../format.js';
import { Answer } from '../parts/notices.jsx';
import { Meter } from '../parts/small.jsx';
import { useStatus } from '../status.js';

const AGAIN_MS = 2_000;

export function ExportersPage() {
  const [turn, set] = useState(0);
  const { status } = useStatus();
  useEffect(() => {
    const timer = setInterval(() => document.hidden || set((n) => n + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const exporters = useAnswer('/api/exporters', {}, turn);
  return (
    <div class="page">
      <Answer of={exporters} what="The exporters could not be had" lines={8}>
        {(answer) => (
          <>
            <Sentence {...answer} />
            <Bus bus={answer.bus} />
            <section class="block section">
              <h2>Subscriptions</h2>
              <Subscriptions list={answer.subscriptions} />
            </section>
            <section class="block section">
              <h2>OTLP receiver</h2>
              <Receiver receiver={answer.receiver} otlp_url={status?.otlp_url} />
            </section>
          </>
        )}
      </Answer>
      {status?.bad_lines > 0 && <BadLines sum={status.bad_lines} />}
    </div>
  );
}

const sum_of = (dropped) => Object.values(dropped ?? {}).reduce((sum, n) => sum + n, 0);

function Sentence({ bus, subscriptions }) {
  const dropped =
    sum_of(bus.dropped) + subscriptions.reduce((sum, one) => sum + sum_of(one.dropped), 0);
  const queued = subscriptions.reduce((sum, one) => sum + (one.queued ?? 0), bus.waiting ?? 0);
  return (
    <h1 class="headline">
      {dropped === 0 ? (
        <>
          <b>Nothing</b> was dropped
        </>
      ) : (
        <>
          <b class="over">{counted(dropped, 'event')}</b> dropped
        </>
      )}{' '}
      of <b>{counted(bus.emitted, 'event')}</b> emitted; <b>{count(queued)}</b> wait
    </h1>
  );
}

function Reasons({ dropped }) {
  const reasons = Object.entries(dropped ?? {}).filter(([, n]) => n > 0);
  if (reasons.length === 0) return <span class="faint">none</span>;
  return reasons.map(([reason, n]) => (
    <div class="over" key={reason}>{`${count(n)} ${reason.replaceAll('_', ' ')}`}</div>
  ));
}

// Of what was emitted: how much the rings took, and how much of that is still in them.
function taken_words({ accepted, waiting }) {
  return waiting > 0
    ? `${count(accepted)} taken, ${count(waiting)} still in rings`
    : `${count(accepted)} taken`;
}

function Bus({ bus }) {
  return (
    <div class="figures">
      <Part label="Emitted" value={count(bus.emitted)} words={taken_words(bus)} />
      <Part
        label="Dropped by the bus"
        value={count(sum_of(bus.dropped))}
        over={sum_of(bus.dropped) > 0}
        words={<Reasons dropped={bus.dropped} />}
      />
      <Part label="Lag" value={duration(bus.lag_ms)} words="from emit to delivery" />
      <Part label="Memory" value={bytes(bus.bytes)} words="of rings and queues" />
    </div>
  );
}

function Part({ label, value, words, over }) {
  return (
    <div class="figure">
      <div class="label">{label}</div>
      <div class={`value ${over ? 'over' : ''}`}>{value}</div>
      <div class="delta">{words}</div>
    </div>
  );
}

function Subscriptions({ list }) {
  if (list.length === 0) return <p class="body faint">Nothing is subscribed to the bus.</p>;
  return (
    <div class="scroll_x">
      <table class="table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Kind</th>
            <th class="num">Delivered</th>
            <th class="num">Waiting</th>
            <th class="share">Queue</th>
            <th>Dropped</th>
            <th class="num">Failed</th>
          </tr>
        </thead>
        <tbody>
          {list.map((one) => {
            const share = one.queue_bytes_max ? one.queue_bytes / one.queue_bytes_max : 0;
            return (
              <tr key={one.name}>
                <td class="cut">{one.name}</td>
                <td class="dim">{one.kind}</td>
                <td class="num">{count(one.delivered)}</td>
                <td class="num">{count(one.queued)}</td>
                <td class="share">
                  {one.queue_bytes_max > 0 && (
                    <Meter share={share} kind={share > 0.8 ? 'over' : ''} />
                  )}
                  <span class="faint">
                    {one.queue_bytes_max
                      ? `${bytes(one.queue_bytes)} of ${bytes(one.queue_bytes_max)}, ${percent(share, 0)}`
                      : bytes(one.queue_bytes)}
                  </span>
                </td>
                <td>
                  <Reasons dropped={one.dropped} />
                </td>
                <td class={`num ${one.failed ? 'bad' : 'faint'}`}>{count(one.failed)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const RECEIVER = [
  ['received', 'spans came'],
  ['emitted', 'taken'],
  ['unwanted', 'nobody wanted'],
  ['rejected', 'rejected', true],
  ['no_room', 'found no room', true],
  ['bad_requests', 'bad requests', true],
  ['refused_requests', 'refused requests', true],
  ['requests', 'requests'],
];

function Receiver({ receiver, otlp_url }) {
  if (!receiver)
    return <p class="body faint">It is off: tracebus studio was started without it.</p>;
  return (
    <div class="body row">
      {otlp_url && <span class="chip on mono">{otlp_url}</span>}
      {RECEIVER.map(([key, words, ill]) => (
        <span
          key={key}
          class={`chip ${ill && receiver[key] ? 'over' : ''}`}
        >{`${count(receiver[key])} ${words}`}</span>
      ))}
    </div>
  );
}

function BadLines({ sum }) {
  const bad = useAnswer('/api/bad-lines', {}, sum);
  return (
    <section class="block section">
      <h2>{`${counted(sum, 'line')} of files could not be read, and the rest was`}</h2>
      <Answer of={bad} what="They could not be had" lines={3}>
        {({ lines, matched }) => (
          <>
            <div class="scroll_x">
              <table class="table">
                <thead>
                  <tr>
                    <th>File</th>
                    <th class="num">Line</th>
                    <th class="num">Byte</th>
                    <th>Why</th>
                  </tr>
                </thead>
                <tbody>
                  {lines.map((one) => (
                    <tr key={`${one.file}:${one.line}`}>
                      <td class="cut mono">{one.file}</td>
                      <td class="num">{count(one.line)}</td>
                      <td class="num dim">{count(one.offset)}</td>
                      <td>{one.reason}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {matched > lines.length && (
              <p class="faint">{`and ${count(matched - lines.length)} more`}</p>
            )}
          </>
        )}
      </Answer>
    </section>
  );
}
