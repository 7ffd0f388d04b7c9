// SPDX-License-Identifier: Apache-2.0
//
// A run: what did it do, how long did that take, and what did it cost? One tree of spans, asked
// for once, under five views that share the time, the search and the selection.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { download_url, run_path } from '../api.js';
import { useAnswer } from '../answer.js';
import { clock_time, count, counted, duration, money, tokens } from '../format.js';
import { GraphView } from '../graph/graph_view.jsx';
import { useKeys } from '../keys.jsx';
import { Icon } from '../parts/icons.jsx';
import { Bones, Failure } from '../parts/notices.jsx';
import { Id, SearchField, State } from '../parts/small.jsx';
import { go, href, Link, set_parameters, useRoute } from '../route.jsx';
import { Guards, Messages } from '../run/calls.jsx';
import { Details } from '../run/details.jsx';
import { FlameChoices, Flamegraph, flame_choices } from '../run/flamegraph.jsx';
import { RunTree } from '../run/tree.js';
import { TimeView } from '../run/view.js';
import { fit, Waterfall } from '../run/waterfall.jsx';
import { useFresh } from '../status.js';

const TABS = [
  ['waterfall', 'Waterfall'],
  ['flame', 'Flamegraph'],
  ['messages', 'Messages'],
  ['guards', 'Guards'],
  ['graph', 'Graph'],
];
const FORMATS = [
  ['otlp', 'OTLP JSON', 'any OpenTelemetry backend'],
  ['perfetto', 'Perfetto', 'ui.perfetto.dev'],
  ['jaeger', 'Jaeger', 'Jaeger UI'],
  ['chrome', 'Chrome', 'chrome://tracing'],
  ['folded', 'Folded stacks', 'speedscope'],
  ['jsonl', 'JSONL', 'tracebus show'],
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

// The view stays as it is while a run grows; what was all of it stays all of it.
function useView(tree) {
  const view = useRef(null);
  if (!view.current) view.current = new TimeView(tree.first_ms, tree.last_ms);
  useEffect(() => {
    const now = view.current,
      was_whole = now.is_whole();
    now.first = tree.first_ms;
    now.last = tree.last_ms;
    if (was_whole) now.reset();
  }, [tree]);
  return view.current;
}

function Run({ tree, run_id, parameters, fresh }) {
  const view = useView(tree);
  const tab = TABS.some(([one]) => one === parameters.tab) ? parameters.tab : 'waterfall';
  const selected = tree.find(parameters.span);
  const matches = useMemo(() => tree.search(parameters.q ?? ''), [tree, parameters.q]);
  useViewInAddress(view, tree, parameters);
  const select = (span) => set_parameters({ span: span >= 0 ? tree.key_of(span) : '' });
  const step = (by) => {
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
  const shared = { tree, view, selected, matches, onSelect: select };
  return (
    <div class="page full">
      <Head tree={tree} run_id={run_id} />
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
      <div class="bench">
        <div class="stage">
          {has_canvas && <Tools {...shared} tab={tab} parameters={parameters} step={step} />}
          {tree.truncated > 0 && (
            <div class="strip over">
              {`${counted(tree.truncated, 'span')} of this ` +
                'run are left out here: download it to see all.'}
            </div>
          )}
          {tab === 'waterfall' && <Waterfall {...shared} />}
          {tab === 'flame' && <Flamegraph {...shared} parameters={parameters} />}
          {tab === 'messages' && (
            <Messages run_id={run_id} fresh={fresh} selected_id={parameters.span} />
          )}
          {tab === 'guards' && <Guards run_id={run_id} fresh={fresh} />}
          {tab === 'graph' && (
            <GraphView filters={{ run: run_id }} parameters={parameters} fresh={fresh} />
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
    const unwatch = view.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          set_parameters(
            view.is_whole()
              ? { from: '', to: '' }
              : {
                  from: (view.from - view.first).toPrecision(9),
                  to: (view.to - view.first).toPrecision(9),
                },
          ),
        300,
      );
    });
    return () => {
      clearTimeout(timer);
      unwatch();
    };
  }, [view]);
}

function Head({ tree, run_id }) {
  const { run } = tree;
  return (
    <div class="head run_head">
      <div class="grow">
        <h1 class="headline">
          <b>{run.workflow || run.pattern || 'A run'}</b> {VERBS[run.status] ?? ''}{' '}
          <b class={run.status === 'failed' ? 'bad' : ''}>{duration(run.duration_ms)}</b>
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

const VERBS = {
  open: 'has been running for',
  stale: 'went silent after',
  failed: 'failed after',
  success: 'took',
  unknown: 'took',
};

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
              <a href={download_url(run_id, format)} download>
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
