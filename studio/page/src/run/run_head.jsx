// SPDX-License-Identifier: Apache-2.0
//
// The first line of a run: what it was, how long it took and what it cost; and its downloads.
import { useEffect, useState } from 'preact/hooks';

import { download_url } from '../api.js';
import { clock_time, count, counted, duration, money, tokens } from '../format.js';
import { useKeys } from '../keys.jsx';
import { Icon } from '../parts/icons.jsx';
import { Id, State } from '../parts/small.jsx';
import { goes_on, run_duration, useStatus } from '../status.js';

const FORMATS = [
  ['otlp', 'OTLP JSON', 'any OpenTelemetry backend'],
  ['perfetto', 'Perfetto', 'ui.perfetto.dev'],
  ['jaeger', 'Jaeger', 'Jaeger UI'],
  ['chrome', 'Chrome', 'chrome://tracing'],
  ['folded', 'Folded stacks', 'speedscope'],
  ['jsonl', 'JSONL', 'tracebus show'],
];
const VERBS = {
  open: 'had not ended after',
  stale: 'went silent after',
  failed: 'failed after',
  success: 'took',
  unknown: 'took',
};

export function RunHead({ tree, run_id }) {
  const { run } = tree;
  const { status } = useStatus();
  const verb = goes_on(run, status) ? 'has been running for' : (VERBS[run.status] ?? '');
  return (
    <div class="head run_head">
      <div class="grow">
        <h1 class="headline">
          <b>{run.workflow || run.pattern || 'A run'}</b> {verb}{' '}
          <b class={run.status === 'failed' ? 'bad' : ''}>{duration(run_duration(run, status))}</b>
          {run.cost_usd !== null && (
            <>
              {' '}
              for <b>{money(run.cost_usd)}</b>
            </>
          )}
          {run.errors > 0 && (
            <>
              , with <b class="bad">{counted(run.errors, 'error')}</b>
            </>
          )}
        </h1>
        <p class="sub row">
          <State value={run.status} />
          <Id value={run_id} label="Copy the run's id" />
          <span>{clock_time(run.start)}</span>
          <span>{counted(tree.length, 'span')}</span>
          <span>{counted(run.calls, 'call')}</span>
          {run.tokens > 0 && (
            <span>{`${tokens(run.input_tokens, run.output_tokens, run.tokens)} tokens`}</span>
          )}
          {tree.open_spans > 0 && <span>{`${count(tree.open_spans)} open`}</span>}
          {tree.orphans.length > 0 && (
            <span class="over">{counted(tree.orphans.length, 'orphan')}</span>
          )}
          {run.lost_events > 0 && (
            <span class="over">{`${counted(run.lost_events, 'event')} let go of`}</span>
          )}
        </p>
      </div>
      <Downloads run_id={run_id} />
    </div>
  );
}

function Downloads({ run_id }) {
  const [open, set] = useState(false);
  useKeys('Menu', [['Escape', '', () => (open ? set(false) : false)]]);
  useEffect(() => {
    if (!open) return undefined;
    const close = () => set(false);
    addEventListener('click', close);
    return () => removeEventListener('click', close);
  }, [open]);
  return (
    <div class="menu">
      <button class="button" type="button" aria-expanded={String(open)} onClick={() => set(!open)}>
        <Icon name="download" /> Download
      </button>
      {open && (
        <ul>
          {FORMATS.map(([format, word, whither]) => (
            <li key={format}>
              {/* Without a name of its own: the server names the file. */}
              <a href={download_url(run_id, format)} download="">
                <span>{word}</span>
                <span class="faint">{whither}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
