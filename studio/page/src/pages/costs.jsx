// SPDX-License-Identifier: Apache-2.0
//
// Costs: what did it cost, and who spent it? By model, agent, workflow, ... or day by day under the
// budget.
import { useAnswer } from '../answer.js';
import { count, counted, money, percent, tokens } from '../format.js';
import { Chart } from '../parts/chart.jsx';
import { Answer, FirstTrace } from '../parts/notices.jsx';
import { Agent, Meter, Segments } from '../parts/small.jsx';
import { useRowKeys } from '../keys.jsx';
import { go, href, Link, run_href, set_parameters, useRoute } from '../route.jsx';
import { useFresh, useStatus } from '../status.js';

const BY = [
  ['model', 'Model'],
  ['agent', 'Agent'],
  ['workflow', 'Workflow'],
  ['day', 'Day'],
  ['provider', 'Provider'],
  ['pattern', 'Pattern'],
  ['user', 'User'],
  ['session', 'Session'],
  ['run', 'Run'],
];
const TIMES = [
  ['', 'All time'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];

export function CostsPage() {
  const { parameters } = useRoute();
  const { status } = useStatus();
  const fresh = useFresh();
  const by = BY.some(([one]) => one === parameters.by) ? parameters.by : 'model';
  const costs = useAnswer('/api/costs', { by, since: parameters.since }, fresh);
  const providers = useAnswer('/api/providers', { since: parameters.since }, fresh);
  useRowKeys();
  if (status && !status.loaded) {
    return (
      <div class="page">
        <h1 class="headline">
          <b>{money(0)}</b> spent
        </h1>
        <div class="columns">
          <FirstTrace />
        </div>
      </div>
    );
  }
  return (
    <div class="page">
      <Answer
        of={costs.answer || !costs.before ? costs : { ...costs, answer: costs.before }}
        what="The costs could not be had"
        lines={10}
      >
        {(answer) => (
          <>
            <Sentence answer={answer} budget={providers.answer} since={parameters.since} />
            <div class="head">
              <div class="filters">
                <Segments
                  label="By"
                  value={by}
                  choices={BY}
                  onPick={(next) =>
                    set_parameters({ by: next === 'model' ? '' : next }, { push: true })
                  }
                />
                <Segments
                  label="Time"
                  value={parameters.since ?? ''}
                  choices={TIMES}
                  onPick={(since) => set_parameters({ since })}
                />
              </div>
            </div>
            {answer.groups.length === 0 ? (
              <p class="dim">No event in this time says what it cost.</p>
            ) : (
              <Groups answer={answer} by={answer.by} budget={providers.answer?.budget_usd} />
            )}
          </>
        )}
      </Answer>
    </div>
  );
}

function Sentence({ answer, budget, since }) {
  const first = answer.by === 'day' ? null : answer.groups[0];
  const limit = budget?.budget_usd;
  const time = TIMES.find(([one]) => one === (since ?? ''))?.[1];
  return (
    <>
      <h1 class="headline">
        <b>{money(answer.cost_usd ?? 0)}</b>
        {since ? ` in ${time ?? since}` : ''} for <b>{counted(answer.calls, 'call')}</b>
        {first?.share > 0 && (
          <>
            , <b>{percent(first.share, 0)}</b> of it by <b>{first.name || 'who is not named'}</b>
          </>
        )}
        {limit > 0 && budget.spent_usd > limit && (
          <>
            ; <b class="over">over the budget</b>
          </>
        )}
      </h1>
      <p class="sub">
        {`${count(answer.tokens)} tokens`}
        {limit > 0 &&
          `; ${percent(budget.spent_usd / limit, 0)} of the budget of ${money(limit)} is spent`}
      </p>
      {limit > 0 && (
        <div class="budget">
          <Meter share={budget.spent_usd / limit} kind={budget.spent_usd > limit ? 'over' : ''} />
        </div>
      )}
    </>
  );
}

function Groups({ answer, by, budget }) {
  const unpriced = answer.groups.reduce((sum, group) => sum + group.unpriced_calls, 0);
  return (
    <>
      {by === 'day' && <Days groups={answer.groups} budget={budget} />}
      <div class="scroll_x">
        <table class="table">
          <thead>
            <tr>
              <th>{BY.find(([one]) => one === by)?.[1]}</th>
              <th class="num">Cost</th>
              <th class="num">Share</th>
              <th class="share" />
              <th class="num">Calls</th>
              <th class="num wide">A call</th>
              <th class="num wide">A run</th>
              <th class="num">Tokens</th>
            </tr>
          </thead>
          <tbody>
            {answer.groups.map((group) => (
              <Group key={group.name} group={group} by={by} />
            ))}
          </tbody>
        </table>
      </div>
      {unpriced > 0 && (
        <p class="sub over">
          {`${counted(unpriced, 'call')} without a price: not free, but not in the sums.`}
        </p>
      )}
    </>
  );
}

function Group({ group, by }) {
  const name = group.name || 'not said';
  const to =
    by === 'run' ? run_href(group.name) : href('/runs', { view: 'events', [by]: group.name });
  const goes = group.name && !['day', 'provider'].includes(by);
  return (
    <tr class={goes ? 'goes' : ''} onClick={goes ? () => go(to) : undefined}>
      <td class={`cut ${by === 'run' || by === 'session' ? 'mono' : ''}`}>
        {goes ? (
          <Link to={to} data-row>
            {by === 'agent' ? <Agent name={name} /> : name}
          </Link>
        ) : (
          name
        )}
      </td>
      <td class="num">{money(group.cost_usd)}</td>
      <td class="num dim">{percent(group.share)}</td>
      <td class="share">
        <Meter share={group.share} />
      </td>
      <td class="num">{count(group.calls)}</td>
      <td class="num dim wide">
        {money(group.calls > 0 && group.cost_usd !== null ? group.cost_usd / group.calls : null)}
      </td>
      <td class="num dim wide">
        {money(group.runs > 0 && group.cost_usd !== null ? group.cost_usd / group.runs : null)}
      </td>
      <td class="num dim">{tokens(group.input_tokens, group.output_tokens, group.tokens)}</td>
    </tr>
  );
}

// A bar a day, and a line of all until then, which is what the budget is for.
function Days({ groups, budget = null }) {
  const points = groups
    .filter((group) => /^\d{4}-\d\d-\d\d$/.test(group.name))
    .map((group) => [Date.parse(`${group.name}T00:00:00Z`) / 1e3, group.cost_usd ?? 0])
    .sort((a, b) => a[0] - b[0]);
  if (points.length === 0) return null;
  let sum = 0;
  const sums = points.map(([at, usd]) => [at, (sum += usd)]);
  const day = (at) => new Date(at * 1e3).toISOString().slice(0, 10);
  return (
    <div class="days">
      <Chart
        points={points}
        kind="bars"
        sums={sums}
        budget={budget}
        height={240}
        label="Cost of each day, and summed up"
        read={([at, usd], i) => `${money(usd)} on ${day(at)}, ${money(sums[i][1])} until then`}
      />
    </div>
  );
}
