// SPDX-License-Identifier: Apache-2.0
//
// Runs: which were there, which failed, and what comes right now. Three lists under the same
// filters: runs, events, and the events that come.
import { counted } from '../format.js';
import { SearchField, Segments } from '../parts/small.jsx';
import { set_parameters, useRoute } from '../route.jsx';
import { EventList } from '../runs/event_list.jsx';
import { LiveList } from '../runs/live_list.jsx';
import { RunList } from '../runs/run_list.jsx';

const VIEWS = [
  ['runs', 'Runs'],
  ['events', 'Events'],
  ['live', 'Live'],
];
const STATUSES = {
  runs: [
    ['', 'any status'],
    ['success', 'succeeded'],
    ['failed', 'failed'],
    ['open', 'running'],
    ['stale', 'silent'],
    ['unknown', 'not said'],
  ],
  events: [
    ['', 'any status'],
    ['ok', 'ok'],
    ['error', 'error'],
    ['unset', 'not said'],
  ],
};
const TIMES = [
  ['', 'any time'],
  ['15m', 'last 15 minutes'],
  ['2h', 'last 2 hours'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
];
const KINDS = [
  '',
  'agent',
  'llm',
  'tool',
  'guard',
  'chain',
  'retriever',
  'router',
  'embedding',
  'pattern',
  'memory',
  'decision',
].map((kind) => [kind, kind || 'any kind']);

// What of the address is a condition; of runs only some can be asked.
const OF_RUNS = ['status', 'workflow', 'pattern', 'session', 'user', 'since', 'until'];
const OF_EVENTS = [
  ...OF_RUNS,
  'type',
  'agent',
  'kind',
  'model',
  'provider',
  'run',
  'trace',
  'span',
  'tag',
  'min_ms',
  'max_ms',
  'min_cost',
  'max_cost',
  'text',
  'attr',
  'open',
  'guards',
];
const UNPICKED = { pick: '', event: '' }; // what else is listed is not what was picked
const FIELDS = [
  ['workflow', 'workflow'],
  ['agent', 'agent'],
  ['model', 'model'],
  ['session', 'session'],
  ['user', 'user'],
];

function filters_of(parameters, names) {
  return Object.fromEntries(
    names.filter((name) => parameters[name]).map((name) => [name, parameters[name]]),
  );
}

export function RunsPage() {
  const { parameters } = useRoute();
  const view = VIEWS.some(([one]) => one === parameters.view) ? parameters.view : 'runs';
  const filters = filters_of(parameters, view === 'runs' ? OF_RUNS : OF_EVENTS);
  const filter_bar = <Filters view={view} parameters={parameters} />;
  const head = { filters, filter_bar, parameters };
  return (
    <div class="page full">
      {view === 'runs' && <RunList {...head} />}
      {view === 'events' && <EventList {...head} />}
      {view === 'live' && <LiveList {...head} />}
    </div>
  );
}

function Filters({ view, parameters }) {
  const statuses = STATUSES[view === 'runs' ? 'runs' : 'events'];
  const names = view === 'runs' ? OF_RUNS : OF_EVENTS;
  const active = names.filter((name) => parameters[name] && name !== 'text');
  // A word that is looked for is looked for in what events say.
  const search = (text) => {
    if (view === 'runs' && !text) return;
    set_parameters({ text, view: view === 'runs' ? 'events' : parameters.view, ...UNPICKED });
  };
  const change_view = (next) => {
    const keep = statuses.some(([value]) => value === parameters.status);
    set_parameters({
      view: next === 'runs' ? '' : next,
      ...UNPICKED,
      status:
        keep && next !== view && (view === 'runs') === (next === 'runs') ? parameters.status : '',
    });
  };
  return (
    <div class="filters">
      <Segments value={view} choices={VIEWS} onPick={change_view} label="What is listed" />
      <SearchField
        value={view === 'runs' ? '' : parameters.text}
        onSearch={search}
        placeholder={view === 'runs' ? 'Search all events' : 'Search names and payloads'}
      />
      <Choice name="status" choices={statuses} parameters={parameters} />
      {view !== 'live' && <Choice name="since" choices={TIMES} parameters={parameters} />}
      {view !== 'runs' && <Choice name="kind" choices={KINDS} parameters={parameters} />}
      {active
        .filter((name) => !['status', 'since', 'kind'].includes(name))
        .map((name) => (
          <button
            class="chip on"
            type="button"
            key={name}
            title={`Remove the filter ${name}`}
            onClick={() => set_parameters({ [name]: '', ...UNPICKED })}
          >
            <span class="cut">{`${name}: ${parameters[name]}`}</span> ✕
          </button>
        ))}
      <AddFilter view={view} />
      {active.length > 0 && (
        <button
          class="button quiet"
          type="button"
          onClick={() =>
            set_parameters({ ...Object.fromEntries(names.map((n) => [n, ''])), ...UNPICKED })
          }
        >
          {`Clear ${counted(active.length, 'filter')}`}
        </button>
      )}
    </div>
  );
}

function Choice({ name, choices, parameters }) {
  const value = parameters[name] ?? '';
  const known = choices.some(([one]) => one === value);
  return (
    <select
      aria-label={name}
      value={value}
      onChange={(event) => set_parameters({ [name]: event.currentTarget.value, ...UNPICKED })}
    >
      {choices.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
      {!known && <option value={value}>{value}</option>}
    </select>
  );
}

// "workflow: main" and Enter; what can be asked stands in the list.
function AddFilter({ view }) {
  const names = FIELDS.filter(([name]) => view !== 'runs' || OF_RUNS.includes(name));
  const all = view === 'runs' ? OF_RUNS : OF_EVENTS;
  const enter = (event) => {
    if (event.key !== 'Enter') return;
    const field = event.currentTarget;
    const match = /^\s*([a-z_]+)\s*[:=]\s*(.+?)\s*$/.exec(field.value);
    if (!match || !all.includes(match[1])) {
      field.setCustomValidity(`Write one of ${all.join(', ')}, a colon, and a value.`);
      field.reportValidity();
      return;
    }
    set_parameters({ [match[1]]: match[2], ...UNPICKED });
    field.value = '';
  };
  return (
    <>
      <label class="field add">
        <input
          type="text"
          list="filter_names"
          onKeyDown={enter}
          onInput={(event) => event.currentTarget.setCustomValidity('')}
          spellcheck={false}
          aria-label="Add a filter"
          placeholder="Add a filter, as workflow: main"
        />
      </label>
      <datalist id="filter_names">
        {names.map(([name]) => (
          <option key={name} value={`${name}: `} />
        ))}
      </datalist>
    </>
  );
}
