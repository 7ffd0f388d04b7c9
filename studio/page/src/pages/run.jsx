// SPDX-License-Identifier: Apache-2.0
//
// A run: what did it do, how long did that take, and what did it cost? One tree of spans, asked
// for once, under five views that share the time, the search and the selection.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { run_path } from '../api.js';
import { useAnswer } from '../answer.js';
import { count, counted } from '../format.js';
import { GraphView } from '../graph/graph_view.jsx';
import { useKeys } from '../keys.jsx';
import { Bones, Failure } from '../parts/notices.jsx';
import { SearchField } from '../parts/small.jsx';
import { go, href, Link, set_parameters, useRoute } from '../route.jsx';
import { Guards, Messages } from '../run/calls.jsx';
import { Details } from '../run/details.jsx';
import { FlameChoices, Flamegraph, flame_choices } from '../run/flamegraph.jsx';
import { RunHead } from '../run/run_head.jsx';
import { Selection, SelectionChips } from '../run/selection.jsx';
import { useTicking } from '../run/ticking.js';
import { RunTree } from '../run/tree.js';
import { fit, Waterfall } from '../run/waterfall.jsx';
import { useFresh } from '../status.js';

const TABS = [
  ['waterfall', 'Waterfall'],
  ['flame', 'Flamegraph'],
  ['messages', 'Messages'],
  ['guards', 'Guards'],
  ['graph', 'Graph'],
];

export function RunPage() {
  const { parameters } = useRoute();
  const run_id = parameters.id ?? '';
  const fresh = useRunFresh(run_id);
  const asked = useAnswer(run_id ? run_path(run_id, '/spans') : null, {}, fresh);
  const tree = useMemo(() => asked.answer && new RunTree(asked.answer), [asked.answer]);
  if (!run_id)
    return (
      <div class="page">
        <h1 class="headline">This link names no run</h1>
        <p class="sub">
          <Link to="/runs">All runs</Link>
        </p>
      </div>
    );
  if (asked.error && !tree) {
    return (
      <div class="page">
        <h1 class="headline">
          There is nothing to show of run <b>{run_id}</b>
        </h1>
        <div class="columns">
          <Failure error={asked.error} again={asked.again} what="The run could not be had" />
        </div>
        <p class="sub">
          <Link to="/runs">All runs</Link>
        </p>
      </div>
    );
  }
  if (!tree)
    return (
      <div class="page">
        <Bones lines={12} />
      </div>
    );
  return <Run tree={tree} run_id={run_id} parameters={parameters} fresh={fresh} key={run_id} />;
}

// A big tree is asked for again only when something of this very run came.
function useRunFresh(run_id) {
  const store = useFresh();
  const run = useAnswer(run_id ? run_path(run_id) : null, {}, store);
  const key = run.answer
    ? `${run.answer.events}.${run.answer.open_spans}.${run.answer.status}`
    : '';
  const latest = useRef('');
  if (key) latest.current = key;
  return latest.current;
}

// To the next span that was found, or the one before.
function stepper({ tree, view, matches, selected, select }) {
  return (by) => {
    if (!matches.length) return false;
    const after = matches.findIndex((one) => one > selected);
    const at =
      by > 0
        ? Math.max(0, after)
        : (after < 0 ? matches.length : after) - (matches.includes(selected) ? 2 : 1);
    const span = matches.at(at % matches.length);
    select(span);
    if (!in_sight(view, tree, span)) fit(view, tree, span);
    return true;
  };
}

function Run({ tree, run_id, parameters, fresh }) {
  const { view, seconds } = useTicking(tree);
  const tab = TABS.some(([one]) => one === parameters.tab) ? parameters.tab : 'waterfall';
  const selected = tree.find(parameters.span);
  const matches = useMemo(() => tree.search(parameters.q ?? ''), [tree, parameters.q]);
  useViewInAddress(view, tree, parameters);
  const select = (span) => set_parameters({ span: span >= 0 ? tree.key_of(span) : '' });
  const step = stepper({ tree, view, matches, selected, select });
  const selection = new Selection(tree, parameters);
  useKeys('Run', [
    ['n', 'next span found', () => step(1)],
    ['N', 'span found before', () => step(-1)],
    ...TABS.map(([one, word], i) => [
      String(i + 1),
      word,
      () => set_parameters({ tab: i === 0 ? '' : one }, { push: true }),
    ]),
    ['Escape', 'back to the runs', () => go('/runs')],
  ]);
  const has_canvas = tab === 'waterfall' || tab === 'flame';
  const shared = { tree, view, selected, matches, seconds, parameters, onSelect: select };
  const said = { tree, run_id, fresh, selection };
  return (
    <div class="page full">
      <RunHead tree={tree} run_id={run_id} />
      <div class="tabs_bar">
        <nav class="tabs" aria-label="Views of the run">
          {TABS.map(([one, word]) => (
            <Link
              key={one}
              to={href('/run', { ...parameters, tab: one === 'waterfall' ? '' : one })}
              aria-current={one === tab ? 'page' : undefined}
            >
              {word}
            </Link>
          ))}
        </nav>
        <SelectionChips selection={selection} view={view} onSelect={select} />
      </div>
      <div class="bench">
        <div class="stage">
          {has_canvas && <Tools {...shared} tab={tab} step={step} />}
          {tree.truncated > 0 && (
            <div class="strip over">
              {`${counted(tree.truncated, 'span')} of this ` +
                'run are left out here: download it to see all.'}
            </div>
          )}
          {tab === 'waterfall' && <Waterfall {...shared} />}
          {tab === 'flame' && <Flamegraph {...shared} />}
          {tab === 'messages' && <Messages {...said} />}
          {tab === 'guards' && <Guards {...said} />}
          {tab === 'graph' && (
            <GraphView
              filters={{ run: run_id, ...selection.filters() }}
              parameters={parameters}
              fresh={fresh}
            />
          )}
        </div>
        {has_canvas && selected >= 0 && (
          <Details
            tree={tree}
            span={selected}
            run_id={run_id}
            fresh={fresh}
            onClose={() => select(-1)}
          />
        )}
      </div>
    </div>
  );
}

function in_sight(view, tree, span) {
  return tree.end[span] >= view.from && tree.start[span] <= view.to;
}

// from and to of the address, in milliseconds of the run, are the part of the time in sight.
function useViewInAddress(view, tree, parameters) {
  useEffect(() => {
    const from = Number(parameters.from),
      to = Number(parameters.to);
    if (parameters.from && to > from) view.show(view.first + from, view.first + to);
    else if (parameters.span && !in_sight(view, tree, Math.max(0, tree.find(parameters.span))))
      view.reset();
    let timer = 0;
    const tell = () => {
      timer = 0;
      set_parameters(
        view.is_whole()
          ? { from: '', to: '' }
          : {
              from: (view.from - view.first).toPrecision(9),
              to: (view.to - view.first).toPrecision(9),
            },
      );
    };
    const unwatch = view.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(tell, 300);
    });
    return () => {
      if (timer) clearTimeout(timer);
      unwatch();
    };
  }, [view]);
}

function Tools({ tree, view, tab, parameters, matches, selected, step }) {
  const [, draw] = useState(0);
  useEffect(() => {
    let was = view.is_whole();
    return view.watch(() => {
      if (was === view.is_whole()) return;
      was = view.is_whole();
      draw((n) => n + 1);
    });
  }, [view]);
  const at = matches.indexOf(selected);
  return (
    <div class="stage_bar">
      <SearchField
        value={parameters.q}
        placeholder="Search spans"
        onSearch={(q) => set_parameters({ q })}
        onEnter={(back) => step(back ? -1 : 1)}
      />
      {parameters.q && (
        <span class="dim" data-part="found">
          {matches.length === 0
            ? 'none found'
            : at < 0
              ? `${count(matches.length)} found`
              : `${count(at + 1)} of ${count(matches.length)}`}
        </span>
      )}
      {tab === 'flame' && <FlameChoices {...flame_choices(parameters)} />}
      <span class="grow" />
      {tab === 'waterfall' && <Legend tree={tree} />}
      {!view.is_whole() && (
        <button class="button" type="button" onClick={() => view.reset()}>
          All of the time <kbd>0</kbd>
        </button>
      )}
    </div>
  );
}

function Legend({ tree }) {
  return (
    <div class="legend" aria-hidden="true">
      <span>
        <i class="critical" />
        critical path
      </span>
      <span>
        <i class="error" />
        failed
      </span>
      {tree.open_spans > 0 && (
        <span>
          <i class="open" />
          open
        </span>
      )}
    </div>
  );
}
