// SPDX-License-Identifier: Apache-2.0
//
// The frame around every page: the rail, what the store holds, and which page it is.
import { useEffect, useState } from 'preact/hooks';

import { bytes, count, counted, short_count } from './format.js';
import { focus_search, has_search, KeysDialog, useKeys } from './keys.jsx';
import { CostsPage } from './pages/costs.jsx';
import { ExportersPage } from './pages/exporters.jsx';
import { GraphPage } from './pages/graph.jsx';
import { HomePage } from './pages/home.jsx';
import { ProvidersPage } from './pages/providers.jsx';
import { RunPage } from './pages/run.jsx';
import { RunsPage } from './pages/runs.jsx';
import { Icon, Mark } from './parts/icons.jsx';
import { Meter } from './parts/small.jsx';
import { choose_file, Uploads } from './parts/upload.jsx';
import { go, Link, useRoute } from './route.jsx';
import { useStatus } from './status.js';
import { switch_theme, useTheme } from './theme.js';

const PAGES = [
  ['/', 'Home', 'home', 'g h', HomePage],
  ['/runs', 'Runs', 'runs', 'g r', RunsPage],
  ['/graph', 'Graph', 'graph', 'g g', GraphPage],
  ['/costs', 'Costs', 'costs', 'g c', CostsPage],
  ['/providers', 'Providers', 'providers', 'g p', ProvidersPage],
  ['/exporters', 'Exporters', 'exporters', 'g e', ExportersPage],
];

function show_keys() {
  dispatchEvent(new Event('show-keys'));
}

export function App() {
  const { path } = useRoute();
  const { error } = useStatus();
  useKeys(
    'Go to',
    PAGES.map(([to, word, , key]) => [key, word, () => go(to)]),
  );
  useKeys('Everywhere', [
    ['/', () => (has_search() ? 'search' : ''), focus_search],
    ['T', 'dark or light', switch_theme],
    ['U', 'add a file', choose_file],
  ]);
  const here = path === '/run' ? '/runs' : path;
  const Page = path === '/run' ? RunPage : PAGES.find(([to]) => to === path)?.[4];
  useEffect(() => {
    const word = PAGES.find(([to]) => to === here)?.[1];
    document.title = word && word !== 'Home' ? `${word} · tracebus studio` : 'tracebus studio';
  }, [here]);
  return (
    <div class="app">
      <Rail here={here} />
      <main>
        <Loading />
        {error?.status === 401 ? (
          <Unknown error={error} />
        ) : Page ? (
          <Page key={path} />
        ) : (
          <Nowhere path={path} />
        )}
      </main>
      <Uploads />
      <KeysDialog />
    </div>
  );
}

function Rail({ here }) {
  return (
    <nav class="rail" aria-label="Pages">
      <Link to="/" class="brand" aria-label="tracebus studio, Home">
        <Mark />
        <span class="word">tracebus</span>
      </Link>
      {PAGES.map(([to, word, icon, key]) => (
        <Link
          key={to}
          to={to}
          class="item"
          title={`${word} (${key})`}
          aria-label={word}
          aria-current={to === here ? 'page' : undefined}
        >
          <Icon name={icon} />
          <span class="word">{word}</span>
        </Link>
      ))}
      <Store />
      <div class="tools">
        <Tools />
      </div>
      <More />
    </nav>
  );
}

function Tools() {
  const dark = useTheme() === 'dark';
  const tools = [
    ['upload', 'Add a file', choose_file, 'Add a file (U)'],
    [dark ? 'sun' : 'moon', dark ? 'Light' : 'Dark', switch_theme, 'Dark or light (T)'],
    ['keys', 'Keys', show_keys, 'Keys (?)'],
  ];
  return tools.map(([icon, word, act, title]) => (
    <button
      key={icon}
      class="icon_button"
      type="button"
      onClick={act}
      title={title}
      aria-label={word}
    >
      <Icon name={icon} />
      <span class="tool_word">{word}</span>
    </button>
  ));
}

// In the bar at the bottom: what the rail has no room for there.
function More() {
  const { status, error } = useStatus();
  const [open, set] = useState(false);
  useKeys('Menu', [['Escape', '', () => (open ? set(false) : false)]]);
  useEffect(() => {
    if (!open) return undefined;
    const close = (event) => event.target.closest?.('.store a, .more_menu > button') || set(false);
    addEventListener('click', close);
    return () => removeEventListener('click', close);
  }, [open]);
  const ill = status?.evicted > 0 || status?.bad_lines > 0;
  const dot = error ? 'bad' : ill ? 'over' : status?.live || status?.loading ? 'live' : '';
  return (
    <div class="more_menu">
      <button
        class="item"
        type="button"
        aria-expanded={String(open)}
        aria-label="More: what the store holds, add a file, theme, keys"
        onClick={() => set(!open)}
      >
        <i class={`dot ${dot}`} />
        <span class="word">More</span>
      </button>
      {open && (
        <div class="sheet">
          <Store />
          <div class="tools">
            <Tools />
          </div>
        </div>
      )}
    </div>
  );
}

function Store() {
  const { status, error } = useStatus();
  if (error) {
    return (
      <div class="store" title={error.message}>
        <div class="store_state">
          <i class="dot bad" />
          <span class="words">not connected</span>
        </div>
      </div>
    );
  }
  if (!status) return <div class="store" />;
  const word = status.loading ? 'loading' : status.live ? 'live' : 'all is read';
  return (
    <div class="store" title={word}>
      <div class="store_state">
        <i class={`dot ${status.live || status.loading ? 'live' : ''}`} />
        <span class="words">{word}</span>
      </div>
      <div class="words">
        <div>
          <strong>{short_count(status.events)}</strong> {status.events === 1 ? 'event' : 'events'}
        </div>
        <div>
          <strong>{short_count(status.runs)}</strong> {status.runs === 1 ? 'run' : 'runs'}
        </div>
        <div>
          <strong>{bytes(status.bytes)}</strong> of {bytes(status.bytes_max)}
        </div>
        {status.evicted > 0 && (
          <div class="over">{`${short_count(status.evicted)} events let go of`}</div>
        )}
        {status.bad_lines > 0 && (
          <Link to="/exporters" class="over">
            {counted(status.bad_lines, 'bad line')}
          </Link>
        )}
      </div>
      <Meter share={status.bytes / status.bytes_max} kind={status.evicted > 0 ? 'over' : 'plain'} />
    </div>
  );
}

// How far the files are read, and that nobody answers: above whatever page it is.
function Loading() {
  const { status, error } = useStatus();
  if (error?.status === 401) return null; // the page says it
  if (error) {
    return (
      <div class="strip" role="alert">
        <i class="dot bad" />
        <span>{error.message}</span>
        <span class="dim">{error.next}</span>
      </div>
    );
  }
  const file = status?.loading ? status.files.find((one) => !one.done) : null;
  if (!file) return null;
  return (
    <div class="strip" role="status">
      <span class="cut">
        Reading <b>{file.path}</b>
      </span>
      <Meter share={file.bytes_total ? file.bytes / file.bytes_total : 0} />
      <span class="dim">
        {`${bytes(file.bytes)} of ${bytes(file.bytes_total)}, ${count(file.spans)} events`}
      </span>
    </div>
  );
}

// Away from loopback, and neither a token nor the cookie for it.
function Unknown({ error }) {
  return (
    <div class="page">
      <h1 class="headline">
        This browser is <b>not known</b> here
      </h1>
      <div class="notice section">
        <p>{error.message}</p>
        <p>{error.next}</p>
      </div>
    </div>
  );
}

function Nowhere({ path }) {
  return (
    <div class="page">
      <h1 class="headline">
        There is no page <b>{path}</b>
      </h1>
      <p class="sub">
        <Link to="/">Home</Link> and <Link to="/runs">Runs</Link> are good places to begin.
      </p>
    </div>
  );
}
