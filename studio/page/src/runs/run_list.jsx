// SPDX-License-Identifier: Apache-2.0
//
// The runs, the latest first. It follows what comes while nothing is picked and the head of the
// list is in sight; else it stands still, and says how many came meanwhile.
import { useEffect, useRef, useState } from 'preact/hooks';

import { ago, counted, duration, money, tokens } from '../format.js';
import { useKeys } from '../keys.jsx';
import { usePages } from '../pages_of.js';
import { Failure, FirstTrace } from '../parts/notices.jsx';
import { Rows } from '../parts/rows.jsx';
import { State } from '../parts/small.jsx';
import { go, run_href, set_parameters } from '../route.jsx';
import { run_duration, useFresh, useStatus } from '../status.js';
import { PauseButton } from './pause_button.jsx';

const listed = (answer) => answer.runs;

export function RunList({ filters, filter_bar, parameters }) {
  const { status } = useStatus();
  const fresh = useFresh();
  const [paused, set_paused] = useState(false);
  const [at_head, set_at_head] = useState(true);
  const held = useRef({ fresh, runs: 0 });
  const is_picked = Boolean(parameters.pick);
  const still = paused || is_picked || !at_head;
  if (!still || !held.current.fresh) held.current = { fresh, runs: status?.runs ?? 0 };
  const runs = usePages('/api/runs', filters, listed, held.current.fresh);
  const picked = is_picked ? runs.find((run) => run.run_id === parameters.pick) : -1;
  const waiting = still ? Math.max(0, (status?.runs ?? 0) - held.current.runs) : 0;
  const pause = () => {
    if (is_picked) set_parameters({ pick: '' });
    if (!at_head) document.querySelector('.list')?.scrollTo(0, 0);
    set_paused(!still);
  };
  useKeys('List', [
    ['p', 'pause, and go on', pause],
    ['Escape', 'pick none', () => (is_picked ? set_parameters({ pick: '' }) : false)],
  ]);
  useDurations(runs, status);
  const pick = (index) => runs.at(index) && set_parameters({ pick: runs.at(index).run_id });
  const open = (index) => runs.at(index) && go(run_href(runs.at(index).run_id));
  const is_filtered = Object.keys(filters).length > 0;
  return (
    <>
      <div class="head">
        <div class="row spread">
          <h1 class="headline">
            <Sentence matched={runs.matched} is_filtered={is_filtered} filters={filters} />
          </h1>
          {status?.live && (
            <PauseButton paused={still} waiting={waiting} one="new run" onPress={pause} />
          )}
        </div>
        {filter_bar}
        {runs.error && (
          <Failure error={runs.error} again={runs.again} what="The runs could not be had" />
        )}
        {runs.matched === 0 && !is_filtered && <FirstTrace />}
        {runs.matched === 0 && is_filtered && (
          <p class="dim">No run matches. Take a filter away.</p>
        )}
      </div>
      {runs.matched > 0 && <Head />}
      <Rows
        length={runs.matched ?? 0}
        height={40}
        kind="runs_row"
        picked={picked}
        want={runs.want}
        label="Runs"
        onHead={set_at_head}
        onPick={pick}
        onOpen={open}
        row={(index) => <Run run={runs.at(index)} status={status} />}
      />
    </>
  );
}

// While a run in sight goes on, its time does, too.
function useDurations(runs, status) {
  const [, tick] = useState(0);
  const runs_on = status?.live && runs.find((run) => run.status === 'open') >= 0;
  useEffect(() => {
    if (!runs_on) return undefined;
    const timer = setInterval(() => document.hidden || tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [runs_on]);
}

function Sentence({ matched, is_filtered, filters }) {
  if (matched === null) return 'Runs';
  const word =
    filters.status === 'failed' ? 'failed run' : filters.status === 'open' ? 'running run' : 'run';
  return (
    <>
      <b>{counted(matched, word)}</b>
      {is_filtered ? ' match' : ', the latest first'}
    </>
  );
}

function Head() {
  return (
    <div class="list_head runs_row">
      <span>Workflow</span>
      <span class="wide">Run</span>
      <span class="wide">Status</span>
      <span class="num wide">Steps</span>
      <span class="num">Duration</span>
      <span class="num wide">Tokens</span>
      <span class="num">Cost</span>
      <span class="num wide">Started</span>
    </div>
  );
}

function Run({ run, status }) {
  if (!run) return <span class="faint">…</span>;
  return (
    <>
      <span class="cut row_name">
        <span class="narrow_state">
          <State value={run.status} />
        </span>{' '}
        {run.workflow || run.pattern || '–'}
      </span>
      <span class="mono cut dim wide">{run.run_id}</span>
      <span class="wide">
        <State value={run.status} />
      </span>
      <span class="num wide">{run.steps}</span>
      <span class="num">{duration(run_duration(run, status))}</span>
      <span class="num wide dim">{tokens(run.input_tokens, run.output_tokens, run.tokens)}</span>
      <span class="num">{money(run.cost_usd)}</span>
      <span class="num wide faint">{ago(run.start)}</span>
    </>
  );
}
