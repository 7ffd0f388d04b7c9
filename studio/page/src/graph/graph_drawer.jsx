// SPDX-License-Identifier: Apache-2.0
//
// What is known of a node, or of an arrow: figures, and the reasons of hand-offs in full.
import { count, money, percent, rate, short_count } from '../format.js';
import { Drawer, Facts } from '../parts/drawer.jsx';
import { Copy } from '../parts/small.jsx';
import { href, Link } from '../route.jsx';
import { edge_key, label_of, rate_words } from './graph_view.jsx';

export function NodeDrawer({ graph, node, filters, onClose, onEdge }) {
  const out = graph.edges.filter((edge) => edge.from === node.id);
  const into = graph.edges.filter((edge) => edge.to === node.id);
  const events = {
    ...filters,
    view: 'events',
    ...(node.kind === 'agent' ? { agent: node.label } : { pattern: node.pattern }),
  };
  return (
    <Drawer
      title={node.label}
      onClose={onClose}
      chips={
        <>
          <span class="chip">{node.kind}</span>
          {node.pattern && <span class="chip">{node.pattern}</span>}
        </>
      }
    >
      <section>
        <Facts
          pairs={[
            ['Role', node.role],
            ['Agents', count(node.agents)],
            ['Calls', count(node.calls)],
            ['Rate', <Rate key="r" per_minute={node.calls_per_minute} of={graph.rate} />],
            ['Errors', <Errors key="e" errors={node.errors} share={node.error_rate} />],
            ['Open', node.open > 0 && count(node.open)],
            ['Cost', money(node.cost_usd)],
            ['Tokens', count(node.tokens)],
          ].filter(([, value]) => value !== false)}
        />
      </section>
      <Ways title="From it" graph={graph} edges={out} end="to" onEdge={onEdge} />
      <Ways title="To it" graph={graph} edges={into} end="from" onEdge={onEdge} />
      {(node.kind === 'agent' || node.pattern) && (
        <section>
          <Link class="button" to={href('/runs', events)}>
            Its events
          </Link>
        </section>
      )}
    </Drawer>
  );
}

function Rate({ per_minute, of }) {
  return (
    <>
      <span data-part="rate">{rate(per_minute)}</span>{' '}
      <span class="faint">{rate_words(of).replace('rates are ', '')}</span>
    </>
  );
}

function Errors({ errors, share }) {
  return (
    <span class={errors ? 'bad' : ''} data-part="errors">
      {errors ? `${count(errors)}, ${percent(share)} of what ended` : '0'}
    </span>
  );
}

function Ways({ title, graph, edges, end, onEdge }) {
  if (edges.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <table class="table">
        <tbody>
          {edges.map((edge) => (
            <tr class="goes" key={edge_key(edge)} onClick={() => onEdge(edge)}>
              <td class="cut">
                <button class="as_text" type="button" data-row>
                  {label_of(graph, edge[end])}
                </button>
              </td>
              <td class="cut dim">{edge.reasons?.[0]?.text || edge.kind}</td>
              <td class={`num ${edge.errors ? 'bad' : ''}`}>{short_count(edge.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function EdgeDrawer({ graph, edge, onClose }) {
  const title = `${label_of(graph, edge.from)} → ${label_of(graph, edge.to)}`;
  const said = (edge.reasons ?? []).reduce((sum, one) => sum + one.count, 0);
  return (
    <Drawer
      title={title}
      onClose={onClose}
      chips={<span class="chip">{edge.kind === 'handoff' ? 'hand-off' : 'call'}</span>}
    >
      <section>
        <Facts
          pairs={[
            ['Count', count(edge.count)],
            ['Rate', <Rate key="r" per_minute={edge.per_minute} of={graph.rate} />],
            [
              'Errors',
              <Errors key="e" errors={edge.errors} share={edge.errors / edge.count} />,
            ],
          ]}
        />
      </section>
      {edge.reasons?.length > 0 && (
        <section>
          <div class="row spread">
            <h3>Reasons</h3>
            <Copy text={() => JSON.stringify(edge, null, 2)} label="Copy the JSON" />
          </div>
          <table class="table">
            <tbody>
              {edge.reasons.map((one) => (
                <tr key={one.text}>
                  <td>{one.text || 'none was said'}</td>
                  <td class="num">{count(one.count)}</td>
                </tr>
              ))}
              {edge.count > said && (
                <tr>
                  <td class="faint">others, or none said</td>
                  <td class="num">{count(edge.count - said)}</td>
                </tr>
              )}
            </tbody>
          </table>
        </section>
      )}
    </Drawer>
  );
}
