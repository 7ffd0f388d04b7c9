// SPDX-License-Identifier: Apache-2.0
//
// Home: is it well, and what did it cost? Figures the server computed, or a dash.
import { useAnswer } from '../answer.js';
import {
  ago,
  clock_time,
  count,
  counted,
  duration,
  money,
  NOTHING,
  percent,
  short_count,
} from '../format.js';
import { Bars } from '../parts/bars.jsx';
import { Chart } from '../parts/chart.jsx';
import { Answer, FirstTrace } from '../parts/notices.jsx';
import { State } from '../parts/small.jsx';
import { go, Link, run_href } from '../route.jsx';
import { useRowKeys } from '../keys.jsx';
import { run_duration, useFresh, useStatus } from '../status.js';

export function HomePage() {
  const dashboard = useAnswer('/api/dashboard', {}, useFresh());
  useRowKeys();
  return (
    <div class="page">
      <Answer of={dashboard} what="The dashboard could not be had" lines={10}>
        {(answer) =>
          answer.from || answer.runs.value ? (
            <Dashboard {...answer} />
          ) : (
            <>
              <h1 class="headline">
                <b>0</b> runs
              </h1>
              <div class="columns">
                <FirstTrace />
              </div>
            </>
          )
        }
      </Answer>
    </div>
  );
}

function Dashboard(answer) {
  return (
    <>
      <Sentence {...answer} />
      <Figures {...answer} />
      <div class="columns">
        <section class="block">
          <div class="row spread">
            <h2>Recent runs</h2>
            <Link class="more" to="/runs">
              all runs
            </Link>
          </div>
          <RecentRuns runs={answer.recent_runs} />
        </section>
        <section class="block">
          <div class="row spread">
            <h2>Cost by provider</h2>
            <Link class="more" to="/costs?by=provider">
              costs
            </Link>
          </div>
          <Groups groups={answer.cost_by_provider} />
        </section>
        <section class="block">
          <h2>Cost over time</h2>
          <CostOverTime points={answer.cost_over_time} />
        </section>
        <section class="block">
          <div class="row spread">
            <h2>Agents that cost most</h2>
            <Link class="more" to="/costs?by=agent">
              all agents
            </Link>
          </div>
          <Groups groups={answer.top_agents} colored />
        </section>
        <section class="block">
          <div class="row spread">
            <h2>Providers</h2>
            <Link class="more" to="/providers">
              latencies
            </Link>
          </div>
          <Health providers={answer.providers} />
        </section>
      </div>
    </>
  );
}

function Sentence({ from, until, runs, success_rate, cost_usd, tokens, providers }) {
  const ill = providers.filter((provider) => !provider.ok);
  return (
    <>
      <h1 class="headline">
        <b>{counted(runs.value, 'run')}</b>
        {success_rate.value !== null && (
          <>
            , <b>{percent(success_rate.value)}</b> succeeded
          </>
        )}
        {cost_usd.value !== null && (
          <>
            , for <b>{money(cost_usd.value)}</b>
          </>
        )}
        {tokens.value !== null && (
          <>
            {' '}
            and <b>{count(tokens.value)}</b> tokens
          </>
        )}
        {ill.length > 0 && (
          <>
            ; <b class="bad">{ill.map(({ name }) => name).join(', ')}</b>
            {` ${ill.length === 1 ? 'fails' : 'fail'} often`}
          </>
        )}
      </h1>
      {from && <p class="sub">{`From ${clock_time(from)} to ${clock_time(until)}`}</p>}
    </>
  );
}

function Figures({ runs, success_rate, cost_usd, tokens, latency_s }) {
  const seconds = (value) => (value === null ? NOTHING : duration(value * 1e3));
  return (
    <div class="figures" data-part="figures">
      <Figure label="Runs" of={runs} say={count} />
      <Figure label="Success rate" of={success_rate} say={percent} />
      <Figure label="Cost" of={cost_usd} say={money} />
      <Figure
        label="Tokens"
        of={tokens}
        say={(value) => (value >= 1e7 ? short_count(value) : count(value))}
      />
      <Figure label="Mean latency of a call" of={latency_s} say={seconds} />
    </div>
  );
}

// How the second half of the time differs from the first.
function say_change({ change, first_half, second_half }, say) {
  if (change === null || change === undefined) return 'no halves to compare';
  if (change === 0) return 'as in the first half';
  // Many times of little says less than the two themselves.
  if (change >= 1) return `${say(first_half)}, then ${say(second_half)}`;
  return `${change > 0 ? '+' : '−'}${percent(Math.abs(change))} in the second half`;
}

function Figure({ label, of, say }) {
  return (
    <div class="figure">
      <div class="label cut">{label}</div>
      <div class="value">{of.value === null ? NOTHING : say(of.value)}</div>
      <div class="delta cut">{say_change(of, say)}</div>
    </div>
  );
}

function RecentRuns({ runs }) {
  const { status } = useStatus();
  if (runs.length === 0) return <p class="body faint">No run is known by these events.</p>;
  return (
    <table class="table body">
      <tbody>
        {runs.map((run) => (
          <tr class="goes" key={run.run_id} onClick={() => go(run_href(run.run_id))}>
            <td>
              <State value={run.status} />
            </td>
            <td class="cut name">
              <Link to={run_href(run.run_id)} data-row>
                {run.workflow || run.run_id}
              </Link>
            </td>
            <td class="num faint wide">{ago(run.start)}</td>
            <td class="num wide">{duration(run_duration(run, status))}</td>
            <td class="num">{money(run.cost_usd)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Groups({ groups, colored }) {
  if (groups.length === 0) return <p class="body faint">No event says what it cost.</p>;
  return (
    <div class="body">
      <Bars groups={groups} colored={colored} />
    </div>
  );
}

function CostOverTime({ points }) {
  if (points.length === 0) return <p class="body faint">No cost has a time.</p>;
  const list = points.map(({ until, cost_usd }) => [new Date(until).getTime() / 1e3, cost_usd]);
  return (
    <div class="body">
      <Chart
        points={list}
        label="Cost over time, summed up"
        read={([at, usd]) => `${money(usd)} until ${clock_time(new Date(at * 1e3).toISOString())}`}
      />
    </div>
  );
}

function Health({ providers }) {
  if (providers.length === 0) return <p class="body faint">No call of a model has ended.</p>;
  return (
    <div class="scroll_x body">
      <table class="table">
        <thead>
          <tr>
            <th>Provider</th>
            <th class="num">Calls</th>
            <th class="num">Errors</th>
            <th class="num">Success</th>
            <th class="num">Mean</th>
          </tr>
        </thead>
        <tbody>
          {providers.map((one) => (
            <tr key={one.name}>
              <td>
                <State value={one.ok ? 'ok' : 'failing'} /> <span class="dim">{one.name}</span>
              </td>
              <td class="num">{count(one.calls)}</td>
              <td class={`num ${one.errors ? 'bad' : 'faint'}`}>{count(one.errors)}</td>
              <td class="num">{percent(one.success_rate)}</td>
              <td class="num">{duration(one.mean_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
