// SPDX-License-Identifier: Apache-2.0
//
// What stands where a view would: that it is on its way, that it failed and what to do, or that
// there is nothing yet and how to send the first trace.
import { useStatus } from '../status.js';
import { Code } from './small.jsx';
import { choose_file } from './upload.jsx';

export function Bones({ lines = 6 }) {
  return (
    <div class="bones" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} style={{ width: `${92 - ((i * 37) % 50)}%` }} />
      ))}
    </div>
  );
}

export function Failure({ error, again, what }) {
  return (
    <div class="notice bad" role="alert">
      <h2>{what}</h2>
      <p>{error.message}</p>
      {error.next && <p class="dim">{error.next}</p>}
      {again && (
        <p class="row">
          <button class="button" type="button" onClick={again}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

// The answer's view, or what there is to say until then.
export function Answer({ of, what, lines, children }) {
  if (of.answer) return children(of.answer);
  if (of.error) return <Failure error={of.error} again={of.again} what={what} />;
  return <Bones lines={lines} />;
}

export function FirstTrace() {
  const { status } = useStatus();
  const otlp = status?.otlp_url;
  return (
    <div class="empty">
      <h2>No trace has come yet</h2>
      <p>This page fills by itself as soon as one does. There are three ways to send it.</p>
      <ol>
        <li>
          <h3>From an agent with OpenTelemetry, OpenInference or OpenLLMetry, in any language</h3>
          {otlp ? (
            <Code
              text={`export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`}
            />
          ) : (
            <p>
              The receiver is off. Start <code>tracebus studio</code> without <code>--no-otlp</code>
              , and agents can send to http://127.0.0.1:4318.
            </p>
          )}
        </li>
        <li>
          <h3>From C++, in the agents' own process</h3>
          <Code
            text={'tracebus::TraceEventBus bus;\ntracebus::Studio studio(bus, {.port = 8420});'}
          />
        </li>
        <li>
          <h3>From a file, in any dialect that tracebus show reads</h3>
          <p class="row">
            <button class="button" type="button" onClick={choose_file}>
              Choose a file
            </button>
            <span class="faint">or drop it anywhere on this page</span>
          </p>
        </li>
      </ol>
    </div>
  );
}
