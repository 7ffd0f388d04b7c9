// SPDX-License-Identifier: Apache-2.0
//
// The frame around every page: the rail, what the store holds, and which page it is.
import { useEffect } from 'preact/hooks';

import { bytes, count, counted, short_count } from './format.js';
import { focus_search, KeysDialog, useKeys } from './keys.jsx';
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
  useKeys(
    'Go to',
    PAGES.map(([to, word, , key]) => [key, word, () => go(to)]),
  );
  useKeys('Everywhere', [
    ['/', 'search', focus_search],
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
        {Page ? <Page key={path} /> : <Nowhere path={path} />}
      </main>
      <Uploads />
      <KeysDialog />
    </div>
  );
}

function Rail({ here }) {
  const dark = useTheme() === 'dark';
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
        <button
          class="icon_button"
          type="button"
          onClick={choose_file}
          title="Add a file (U)"
          aria-label="Add a file"
        >
          <Icon name="upload" />
        </button>
        <button
          class="icon_button"
          type="button"
          onClick={switch_theme}
          title="Dark or light (T)"
          aria-label={dark ? 'Light' : 'Dark'}
        >
          <Icon name={dark ? 'sun' : 'moon'} />
        </button>
        <button
          class="icon_button"
          type="button"
          onClick={show_keys}
          title="Keys (?)"
          aria-label="Keys"
        >
          <Icon name="keys" />
        </button>
      </div>
    </nav>
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
