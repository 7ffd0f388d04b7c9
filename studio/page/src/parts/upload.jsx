// SPDX-License-Identifier: Apache-2.0
//
// Files given to the store, by button or by dropping them: one after the other, each with its
// progress, and with what became of it.
import { useEffect, useRef, useState } from 'preact/hooks';

import { upload } from '../api.js';
import { bytes, count, counted } from '../format.js';
import { poll_status, useStatus } from '../status.js';
import { Icon } from './icons.jsx';
import { Meter } from './small.jsx';

const POLL_MS = 500;
const BYTES_MAX = 256 * 1024 * 1024; // as studio/api.md says

const listeners = new Set();
let files = []; // {id, name, sent, total, answer, error}
let last_id = 0;

function change(id, patch) {
  files = files.map((file) => (file.id === id ? { ...file, ...patch } : file));
  for (const listener of [...listeners]) listener(files);
}

function dismiss(id) {
  files = files.filter((file) => file.id !== id);
  for (const listener of [...listeners]) listener(files);
}

async function send(file) {
  const id = ++last_id;
  files = [...files, { id, name: file.name, sent: 0, total: file.size }];
  change(id, {});
  if (file.size > BYTES_MAX) {
    change(id, {
      error: new Error(
        `It has ${bytes(file.size)}, and ${bytes(BYTES_MAX)} are taken by ` +
          'this way. Start tracebus studio with the file as an argument.',
      ),
    });
    return;
  }
  try {
    const answer = await upload(file, (sent, total) => change(id, { sent, total }));
    change(id, { answer });
    if (!answer.bad_lines?.length) setTimeout(() => dismiss(id), 8000);
    poll_status();
  } catch (error) {
    change(id, { error });
  }
}

async function send_all(list) {
  for (const file of list) await send(file);
}

export function choose_file() {
  // In the document until the next one is: what nothing holds may be gone before it is answered.
  document.getElementById('chosen_file')?.remove();
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', id: 'chosen_file', multiple: true, hidden: true });
  input.onchange = () => send_all([...input.files]);
  document.body.append(input);
  input.click();
}

export function Uploads() {
  const [list, set] = useState(files);
  const [is_over, set_over] = useState(false);
  useEffect(() => {
    listeners.add(set);
    return () => listeners.delete(set);
  }, []);
  useEffect(() => listen_for_drops(set_over), []);
  return (
    <>
      {is_over && <div class="drop">Drop to add these traces to what is there</div>}
      <div class="toasts" aria-live="polite">
        {list.map((file) => (
          <Upload key={file.id} file={file} />
        ))}
      </div>
    </>
  );
}

function listen_for_drops(set_over) {
  const has_files = (event) => event.dataTransfer?.types.includes('Files');
  const over = (event) => {
    if (!has_files(event)) return;
    event.preventDefault();
    set_over(true);
  };
  const leave = (event) => event.relatedTarget === null && set_over(false);
  const drop = (event) => {
    if (!has_files(event)) return;
    event.preventDefault();
    set_over(false);
    send_all([...event.dataTransfer.files]);
  };
  addEventListener('dragover', over);
  addEventListener('dragleave', leave);
  addEventListener('drop', drop);
  return () => {
    removeEventListener('dragover', over);
    removeEventListener('dragleave', leave);
    removeEventListener('drop', drop);
  };
}

// What the store holds meanwhile is asked for often, and told.
function Growth() {
  const { status } = useStatus();
  const before = useRef(null);
  before.current ??= status?.events ?? null;
  useEffect(() => {
    const timer = setInterval(poll_status, POLL_MS);
    return () => clearInterval(timer);
  }, []);
  const more = before.current === null ? 0 : (status?.events ?? 0) - before.current;
  return (
    <p class="dim">
      {`The store has ${counted(status?.events ?? 0, 'event')}`}
      {more > 0 && `, ${count(more)} more than before`}
    </p>
  );
}

function Upload({ file }) {
  const { answer, error } = file;
  return (
    <div class="toast" data-upload={error ? 'failed' : answer ? 'done' : 'sending'}>
      <div class="row spread">
        <b class="cut">{file.name}</b>
        <button
          class="icon_button"
          type="button"
          aria-label="Dismiss"
          onClick={() => dismiss(file.id)}
        >
          <Icon name="close" />
        </button>
      </div>
      {!answer && !error && (
        <>
          <p class="dim">
            {file.sent < file.total
              ? `${bytes(file.sent)} of ${bytes(file.total)} sent`
              : `${bytes(file.total)} sent; the server is reading it`}
          </p>
          <Growth />
          <Meter share={file.total ? file.sent / file.total : 1} />
        </>
      )}
      {answer && (
        <p class="dim">
          {`${counted(answer.spans, 'event')} of ${counted(answer.runs, 'run')} added, ` +
            `from ${bytes(answer.bytes)}.`}
        </p>
      )}
      {answer?.bad_lines?.slice(0, 3).map((bad) => (
        <p class="over" key={bad.line}>{`Line ${count(bad.line)} is left out: ${bad.reason}`}</p>
      ))}
      {answer?.bad_lines?.length > 3 && (
        <p class="over">{`and ${counted(answer.bad_lines.length - 3, 'more line')}`}</p>
      )}
      {error && <p class="bad">{error.message}</p>}
      {error?.next && <p class="dim">{error.next}</p>}
    </div>
  );
}
