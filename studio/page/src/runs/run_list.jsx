// SPDX-License-Identifier: Apache-2.0
//
// The runs, the latest first. It follows what comes while nothing is picked and the head of the
// list is in sight; else it stands still, and says how many came meanwhile.
import { useRef, useState } from 'preact/hooks';

import { ago, counted, duration, money, tokens } from '../format.js';
import { useKeys } from '../keys.jsx';
import { usePages } from '../pages_of.js';
import { Failure, FirstTrace } from '../parts/notices.jsx';
import { Rows } from '../parts/rows.jsx';
import { State } from '../parts/small.jsx';
import { go, run_href, set_parameters } from '../route.jsx';
import { useFresh, useStatus } from '../status.js';
import { PauseButton } from './pause_button.jsx';

const listed = (answer) => answer.runs;

export function RunList({ filters, filter_bar, parameters }) {
  const { status } = useStatus();
  const fresh = useFresh();
  const [paused, set_paused] = useState(false);
  const held = useRef({ fresh, runs: 0 });
  const picked = parameters.pick === undefined ? -1 : Number(parameters.pick);
  const still = paused || picked >= 0;
  if (!still || !held.current.fresh) held.current = { fresh, runs: status?.runs ?? 0 };
  const runs = usePages('/api/runs', filters, listed, held.current.fresh);
  const waiting = still ? Math.max(0, (status?.runs ?? 0) - held.current.runs) : 0;
  const pause = () => {
    if (still) set_parameters({ pick: '' });
    set_paused(!still);
  };
  useKeys('List', [
    ['p', 'pause, and go on', pause],
    ['Escape', 'pick none', () => (picked >= 0 ? set_parameters({ pick: '' }) : false)],
  ]);
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
        onPick={(index) => set_parameters({ pick: index })}
        onOpen={open}
        row={(index) => <Run run={runs.at(index)} />}
      />
    </>
  );
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

function Run({ run }) {
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
      <span class="num">{duration(run.duration_ms)}</span>
      <span class="num wide dim">{tokens(run.input_tokens, run.output_tokens, run.tokens)}</span>
      <span class="num">{money(run.cost_usd)}</span>
      <span class="num wide faint">{ago(run.start)}</span>
    </>
  );
}
