// SPDX-License-Identifier: Apache-2.0
//
// Providers: who is slow, who fails, and is the budget kept?
import { useAnswer } from '../answer.js';
import { count, counted, duration, money, percent, short_count } from '../format.js';
import { Answer, FirstTrace } from '../parts/notices.jsx';
import { Meter, State } from '../parts/small.jsx';
import { useRowKeys } from '../keys.jsx';
import { go, href, Link } from '../route.jsx';
import { useFresh, useStatus } from '../status.js';

export function ProvidersPage() {
  const { status } = useStatus();
  const fresh = useFresh();
  const providers = useAnswer('/api/providers', {}, fresh);
  const models = useAnswer('/api/latencies', { by: 'model' }, fresh);
  useRowKeys();
  if (status && !status.loaded) {
    return (
      <div class="page">
        <h1 class="headline">
          <b>0</b> calls
        </h1>
        <div class="columns">
          <FirstTrace />
        </div>
      </div>
    );
  }
  return (
    <div class="page">
      <Answer of={providers} what="The providers could not be had" lines={8}>
        {(answer) => (
          <>
            <Sentence providers={answer.providers} />
            <Budget budget_usd={answer.budget_usd} spent_usd={answer.spent_usd} />
            <section class="block section">
              <h2>By provider</h2>
              <Providers providers={answer.providers} />
            </section>
          </>
        )}
      </Answer>
      <section class="block section">
        <h2>By model</h2>
        <Answer of={models} what="The latencies could not be had" lines={4}>
          {(answer) => <Models groups={answer.groups.filter((group) => group.name)} />}
        </Answer>
      </section>
    </div>
  );
}

function Sentence({ providers }) {
  const calls = providers.reduce((sum, one) => sum + one.calls, 0);
  const ill = providers.filter((one) => !one.ok);
  const slow = [...providers]
    .filter((one) => one.p99_ms !== null)
    .sort((a, b) => b.p99_ms - a.p99_ms)[0];
  if (providers.length === 0) return <h1 class="headline">No call of a model has ended</h1>;
  return (
    <>
      <h1 class="headline">
        {ill.length === 0 ? (
          <>
            <b>{counted(providers.length, 'provider')}</b> {providers.length === 1 ? 'is' : 'are'}{' '}
            well
          </>
        ) : (
          <>
            <b class="bad">{ill.map(({ name }) => name).join(', ')}</b>{' '}
            {`${ill.length === 1 ? 'fails' : 'fail'} often: `}
            <b class="bad">{percent(ill[0].success_rate)}</b> succeed
          </>
        )}
        {slow && (
          <>
            ; the slowest hundredth takes <b>{duration(slow.p99_ms)}</b> at <b>{slow.name}</b>
          </>
        )}
      </h1>
      <p class="sub">{`${counted(calls, 'call')}; a provider is well when 97 % of them succeed`}</p>
    </>
  );
}

function Budget({ budget_usd, spent_usd }) {
  if (budget_usd === null || budget_usd === undefined) {
    return <p class="sub">{`${money(spent_usd)} spent. No budget is set.`}</p>;
  }
  const is_over = spent_usd > budget_usd;
  return (
    <div class="budget">
      <div class="row spread">
        <span class={is_over ? 'over' : 'dim'}>
          {`${money(spent_usd)} of ${money(budget_usd)} spent`}
        </span>
        <span class="dim">
          {is_over
            ? `${money(spent_usd - budget_usd)} over`
            : `${money(budget_usd - spent_usd)} left`}
        </span>
      </div>
      <Meter
        share={spent_usd / budget_usd}
        kind={is_over || spent_usd > budget_usd * 0.8 ? 'over' : ''}
      />
    </div>
  );
}

function Providers({ providers }) {
  return (
    <div class="scroll_x">
      <table class="table">
        <thead>
          <tr>
            <th>Provider</th>
            <th />
            <th class="num">Calls</th>
            <th class="num">Success</th>
            <th class="num">Errors</th>
            <th class="num">Last hour</th>
            <th class="num">p50</th>
            <th class="num">p90</th>
            <th class="num">p99</th>
            <th class="num">Tokens</th>
            <th class="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {providers.map((one) => (
            <tr key={one.name}>
              <td>{one.name}</td>
              <td>
                <State value={one.ok ? 'ok' : 'failing'} />
              </td>
              <td class="num">{count(one.calls)}</td>
              <td class={`num ${one.ok ? '' : 'bad'}`}>{percent(one.success_rate)}</td>
              <td class={`num ${one.errors ? 'bad' : 'faint'}`}>{count(one.errors)}</td>
              <td class={`num ${one.errors_last_hour ? 'bad' : 'faint'}`}>
                {count(one.errors_last_hour)}
              </td>
              <td class="num">{duration(one.p50_ms)}</td>
              <td class="num dim">{duration(one.p90_ms)}</td>
              <td class="num">{duration(one.p99_ms)}</td>
              <td class="num dim">{short_count(one.tokens)}</td>
              <td class="num">{money(one.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const events_of = (model) => href('/runs', { view: 'events', model });

// Where p50 and p99 lie on one scale for all models.
function Models({ groups }) {
  if (groups.length === 0) return <p class="body faint">No model was called.</p>;
  const most = Math.max(...groups.map((group) => group.p99_ms ?? 0), 1e-9);
  return (
    <div class="scroll_x">
      <table class="table">
        <thead>
          <tr>
            <th>Model</th>
            <th class="num">Calls</th>
            <th class="num">Errors</th>
            <th class="num">p50</th>
            <th class="num">p99</th>
            <th class="share">p50 to p99</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr class="goes" key={group.name} onClick={() => go(events_of(group.name))}>
              <td class="cut">
                <Link to={events_of(group.name)} data-row>
                  {group.name}
                </Link>
              </td>
              <td class="num">{count(group.count)}</td>
              <td class={`num ${group.errors ? 'bad' : 'faint'}`}>{count(group.errors)}</td>
              <td class="num">{duration(group.p50_ms)}</td>
              <td class="num">{duration(group.p99_ms)}</td>
              <td class="share">
                <div class="range">
                  <i
                    style={{
                      marginLeft: `${((group.p50_ms ?? 0) / most) * 100}%`,
                      width: `${(((group.p99_ms ?? 0) - (group.p50_ms ?? 0)) / most) * 100}%`,
                    }}
                  />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
