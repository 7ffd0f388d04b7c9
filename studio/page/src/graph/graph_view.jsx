// SPDX-License-Identifier: Apache-2.0
//
// Who called and handed off to whom. The picture moves only when somebody moves it: new traffic
// pulses once along its arrow, and who joins takes a free place.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { useAnswer } from '../answer.js';
import { count, counted, money, short_count } from '../format.js';
import { useKeys } from '../keys.jsx';
import { Answer } from '../parts/notices.jsx';
import { Segments } from '../parts/small.jsx';
import { set_parameters } from '../route.jsx';
import { Drawing } from './drawing.jsx';
import { EdgeDrawer, NodeDrawer } from './graph_drawer.jsx';
import { layout_of } from './layout.js';

// A few hundred shapes are what can be looked at; the server tells the busiest first.
const NODES_MAX = 150;
const EDGES_MAX = 600;
const SIZES = [
  ['calls', 'Size by calls'],
  ['cost', 'by cost'],
];

// filters are those of events; by, unfold, size and node are in the address. head(graph) is what
// stands above.
export function GraphView({ filters, parameters, fresh, head }) {
  const question = {
    ...filters,
    by: parameters.by || 'auto',
    unfold: parameters.unfold,
    limit: NODES_MAX,
  };
  const asked = useAnswer('/api/graph', question, fresh);
  const of_key = JSON.stringify(question);
  return (
    <Answer
      of={asked.answer || !asked.before ? asked : { ...asked, answer: asked.before }}
      what="The graph could not be had"
      lines={8}
    >
      {(graph) => (
        <>
          {head?.(graph)}
          {graph.nodes.length === 0 ? (
            <p class="scrolls dim">No agent is known by these events.</p>
          ) : (
            <Graph graph={graph} of_key={of_key} parameters={parameters} filters={filters} />
          )}
        </>
      )}
    </Answer>
  );
}

// As many arrows as can be looked at, and all of the picked node.
function drawn_of(graph, node) {
  if (graph.edges.length <= EDGES_MAX) return graph;
  const edges = graph.edges.filter(
    (edge, i) => i < EDGES_MAX || edge.from === node?.id || edge.to === node?.id,
  );
  return { ...graph, edges };
}

function words_of(graph) {
  const arrows = graph.edges.length + (graph.folded_edges ?? 0);
  const few = arrows > EDGES_MAX ? `, the busiest ${count(EDGES_MAX)} of them drawn` : '';
  return graph.folded_agents > 0 || graph.nodes.some((node) => node.kind === 'group')
    ? `${counted(graph.nodes.length, 'shape')} for ${counted(graph.matched_agents, 'agent')}: ` +
        'click a group to unfold it'
    : `${counted(graph.matched_agents, 'agent')}, ${counted(arrows, 'arrow')}${few}`;
}

export const edge_key = (edge) => `${edge.kind} ${edge.from} → ${edge.to}`;

// How often each edge was used when it was last looked at: those used since then pulse.
function usePulses(graph, of_key) {
  const seen = useRef({ of_key, counts: null });
  return useMemo(() => {
    const before = seen.current.of_key === of_key ? seen.current.counts : null;
    const counts = new Map(graph.edges.map((edge) => [edge_key(edge), edge.count]));
    seen.current = { of_key, counts };
    if (!before) return new Set();
    return new Set(
      [...counts].filter(([key, n]) => n > (before.get(key) ?? 0)).map(([key]) => key),
    );
  }, [graph, of_key]);
}

function useStillLayout(graph, of_key) {
  const held = useRef({ of_key: null, layout: null });
  return useMemo(() => {
    const before = held.current.of_key === of_key ? held.current.layout : null;
    const layout = layout_of(graph, before);
    held.current = { of_key, layout };
    return layout;
  }, [graph, of_key]);
}

function Graph({ graph, of_key, parameters, filters }) {
  const layout = useStillLayout(graph, of_key);
  const pulses = usePulses(graph, of_key);
  const [edge, set_edge] = useState('');
  const size = parameters.size === 'cost' ? 'cost' : 'calls';
  const node = graph.nodes.find((one) => one.id === parameters.node);
  const picked_edge = graph.edges.find((one) => edge_key(one) === edge);
  const close = () => {
    set_edge('');
    set_parameters({ node: '' });
  };
  const pick_node = (one) => {
    set_edge('');
    const unfold =
      one.kind === 'group' ? { unfold: parameters.unfold === one.id ? '' : one.id } : {};
    set_parameters({ node: one.id, ...unfold }, { push: true });
  };
  const pick_edge = (one) => {
    set_parameters({ node: '' });
    set_edge(edge_key(one));
  };
  useKeys('Graph', [
    [
      'Escape',
      'fold, or close',
      () => {
        if (node || edge) close();
        else if (parameters.unfold) set_parameters({ unfold: '' });
        else return false;
        return true;
      },
    ],
  ]);
  useEffect(() => set_edge(''), [of_key]);
  return (
    <div class="bench">
      <div class="stage">
        <div class="stage_bar">
          <Segments
            label="Size"
            value={size}
            choices={SIZES}
            onPick={(next) => set_parameters({ size: next === 'calls' ? '' : next })}
          />
          <span class="dim cut">{words_of(graph)}</span>
          {parameters.unfold && (
            <button
              class="button"
              type="button"
              onClick={() => set_parameters({ unfold: '', node: '' })}
            >
              Fold again
            </button>
          )}
        </div>
        <Drawing
          graph={drawn_of(graph, node)}
          layout={layout}
          of_key={of_key}
          size={size}
          pulses={pulses}
          node={node?.id}
          edge={edge}
          onNode={pick_node}
          onEdge={pick_edge}
        />
      </div>
      {node && (
        <NodeDrawer
          graph={graph}
          node={node}
          filters={filters}
          onClose={close}
          onEdge={pick_edge}
        />
      )}
      {!node && picked_edge && <EdgeDrawer graph={graph} edge={picked_edge} onClose={close} />}
    </div>
  );
}

export function figures_of_node(node, size) {
  if (node.kind === 'user') return '';
  if (size === 'cost') return money(node.cost_usd);
  return `${short_count(node.calls)} ${node.calls === 1 ? 'call' : 'calls'}`;
}

export const label_of = (graph, id) => graph.nodes.find((one) => one.id === id)?.label ?? id;
