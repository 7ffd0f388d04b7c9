// SPDX-License-Identifier: Apache-2.0
//
// Graph: who works with whom, in one run's worth of agents or in a swarm of a million.
import { count, counted } from '../format.js';
import { GraphView } from '../graph/graph_view.jsx';
import { FirstTrace } from '../parts/notices.jsx';
import { Segments } from '../parts/small.jsx';
import { set_parameters, useRoute } from '../route.jsx';
import { useFresh, useStatus } from '../status.js';

const BY = [
  ['', 'Auto'],
  ['agent', 'Agents'],
  ['role', 'Roles'],
  ['pattern', 'Patterns'],
];
const NOT_FILTERS = ['by', 'unfold', 'size', 'node', 'edge', 'at'];

export function GraphPage() {
  const { parameters } = useRoute();
  const { status } = useStatus();
  const fresh = useFresh();
  if (status && !status.loaded) {
    return (
      <div class="page">
        <h1 class="headline">
          <b>0</b> agents
        </h1>
        <div class="columns">
          <FirstTrace />
        </div>
      </div>
    );
  }
  const filters = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => !NOT_FILTERS.includes(name)),
  );
  return (
    <div class="page full">
      <GraphView
        filters={filters}
        parameters={parameters}
        fresh={fresh}
        head={(graph) => <Head graph={graph} parameters={parameters} filters={filters} />}
      />
    </div>
  );
}

function Head({ graph, parameters, filters }) {
  const of_kind = (kind) =>
    graph.edges.filter((edge) => edge.kind === kind).reduce((sum, edge) => sum + edge.count, 0);
  const errors = graph.nodes.reduce((sum, node) => sum + node.errors, 0);
  const handoffs = of_kind('handoff');
  return (
    <div class="head">
      <h1 class="headline">
        <b>{counted(graph.matched_agents, 'agent')}</b>
        {handoffs > 0 && (
          <>
            , <b>{counted(handoffs, 'hand-off')}</b>
          </>
        )}
        {errors > 0 && (
          <>
            , <b class="bad">{counted(errors, 'error')}</b>
          </>
        )}
      </h1>
      <div class="filters">
        <Segments
          label="What is a shape"
          value={parameters.by ?? ''}
          choices={BY}
          onPick={(by) => set_parameters({ by, unfold: '', node: '', edge: '', at: '' })}
        />
        {!parameters.by && <span class="faint">{`drawn by ${graph.by}`}</span>}
        {Object.entries(filters).map(([name, value]) => (
          <button
            class="chip on"
            type="button"
            key={name}
            onClick={() => set_parameters({ [name]: '' })}
          >
            <span class="cut">{`${name}: ${value}`}</span> ✕
          </button>
        ))}
        {graph.folded_agents > 0 && (
          <span class="faint">{`${count(graph.folded_agents)} agents are folded into groups`}</span>
        )}
      </div>
    </div>
  );
}
