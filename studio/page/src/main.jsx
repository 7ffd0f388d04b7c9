// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';

import './style/tokens.css';
import './style/frame.css';
import './style/controls.css';
import './style/figures.css';
import './style/notices.css';
import './style/run.css';
import './style/graph.css';
import './style/widths.css';

import { take_token } from './api.js';
import { App } from './app.jsx';
import { poll_status } from './status.js';
import { start_theme } from './theme.js';

start_theme();
await take_token();
poll_status();
render(<App />, document.getElementById('app'));
