// SPDX-License-Identifier: Apache-2.0
//
// Asking the server, whose answers studio/api.md describes. Every question has a deadline, and
// every failure is an ApiError that says what, why and what to do.

const DEADLINE_MS = 60_000;
const TOKEN_KEY = 'tracebus_token';

export class ApiError extends Error {
  constructor(message, status, next) {
    super(message);
    this.status = status; // 0: nobody answered
    this.next = next;
  }
}

// What the link of --host carries behind its #. It is taken out of the address, so that it is not
// copied with a link, and kept as long as the tab. Another tab of this browser has none, and what
// it asks is answered by the cookie that this one was given.
export async function take_token() {
  const match = /^#token=([^&]+)$/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(match[1]));
    history.replaceState(null, '', location.pathname + location.search);
  }
  if (!sessionStorage.getItem(TOKEN_KEY)) return;
  // Streams cannot send headers: for them the server sets a cookie.
  await fetch('/api/session', { method: 'POST', headers: headers() }).catch(() => {});
}

function headers() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

// {a: 1, b: ['x', 'y'], c: ''} as "?a=1&b=x&b=y".
export function query(parameters = {}) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== '' && one !== null && one !== undefined && one !== false) {
        pairs.append(name, one === true ? '1' : String(one));
      }
    }
  }
  const text = pairs.toString();
  return text && `?${text}`;
}

export function run_path(run_id, rest = '') {
  return `/api/runs/${encodeURIComponent(run_id)}${rest}`;
}

// The answer's JSON. Throws ApiError, or the AbortError of the caller's own signal.
export async function ask(path, parameters, signal) {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signals = AbortSignal.any(signal ? [signal, deadline] : [deadline]);
  let response, text;
  try {
    response = await fetch(path + query(parameters), { headers: headers(), signal: signals });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(deadline.aborted, path);
  }
  return parsed(response, text, path);
}

function unreachable(is_late, path) {
  return is_late
    ? new ApiError(
        `The server did not answer ${path} within ${DEADLINE_MS / 1e3} s.`,
        0,
        'It may be busy with a large file: try again in a moment.',
      )
    : new ApiError(
        'The server cannot be reached: it ended, or the connection to it broke.',
        0,
        'Start tracebus studio again; this page goes on by itself as soon as it answers.',
      );
}

function parsed(response, text, path) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ApiError(
      `The answer to ${path} (status ${response.status}) is not JSON.`,
      response.status,
      'Does another program answer on this port? Look at the address above.',
    );
  }
  if (response.status === 401) throw nobody_known();
  if (!response.ok) throw new ApiError(said(answer, response.status), response.status, '');
  return answer;
}

function nobody_known() {
  return new ApiError(
    'This Studio can be seen from other machines, so it answers only whom it knows.',
    401,
    'Open the link that the terminal printed when tracebus studio was started, in this browser: ' +
      'it ends in #token= and a long word.',
  );
}

function said(answer, status) {
  return typeof answer?.error === 'string' ? answer.error : `The server answered ${status}.`;
}

// Sends a File; on_progress(bytes sent, bytes in all). Resolves with the answer.
export function upload(file, on_progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of what is sent
    request.open('POST', `/api/upload${query({ name: file.name })}`);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.timeout = 10 * DEADLINE_MS;
    request.upload.onprogress = (event) => on_progress(event.loaded, event.total);
    request.onerror = () => reject(unreachable(false, '/api/upload'));
    request.ontimeout = () => reject(unreachable(true, '/api/upload'));
    request.onload = () => {
      try {
        resolve(
          parsed(
            { ok: request.status === 200, status: request.status },
            request.responseText,
            '/api/upload',
          ),
        );
      } catch (error) {
        reject(error);
      }
    };
    request.send(file);
  });
}

// A download goes through a link, and links carry no header; the cookie of take_token does.
export function download_url(run_id, format) {
  return run_path(run_id, `/download${query({ format })}`);
}
