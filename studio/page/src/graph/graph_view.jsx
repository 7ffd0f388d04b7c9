// SPDX-License-Identifier: Apache-2.0
//
// Who called and handed off to whom. The picture moves only when somebody moves it: new traffic
// pulses once along its arrow, and who joins takes a free place.
import { useMemo, useRef } from 'preact/hooks';

import { useAnswer } from '../answer.js';
import { clock_time, count, counted, duration, money, short_count } from '../format.js';
import { move_focus, useKeys } from '../keys.jsx';
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

// Over which time calls are counted for their rate.
export function rate_words({ from, until, live }) {
  if (!from) return '';
  if (live) return 'rates are of the last minute';
  const ms = Date.parse(until) - Date.parse(from);
  return `rates are of ${duration(ms)}, until ${clock_time(until)}`;
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
  const { edge = '' } = parameters;
  const size = parameters.size === 'cost' ? 'cost' : 'calls';
  const node = graph.nodes.find((one) => one.id === parameters.node);
  const picked_edge = graph.edges.find((one) => edge_key(one) === edge);
  const close = () => set_parameters({ node: '', edge: '' });
  const fold = () => set_parameters({ unfold: '', node: '', edge: '', at: '' });
  const pick_node = (one) => {
    const next =
      one.kind === 'group' ? { unfold: one.id, node: '', at: '' } : { node: one.id };
    set_parameters({ ...next, edge: '' }, { push: true });
  };
  const pick_edge = (one) => set_parameters({ node: '', edge: edge_key(one) });
  useKeys('Graph', [
    [
      'Escape',
      'fold, or close',
      () => {
        if (node || picked_edge) close();
        else if (parameters.unfold) fold();
        else return false;
        return true;
      },
    ],
  ]);
  useKeys('Graph', [
    ['j', 'next node', () => move_focus(1, '.graph .node')],
    ['k', 'node before', () => move_focus(-1, '.graph .node')],
    ['J', 'next arrow', () => move_focus(1, '.graph .edge')],
    ['K', 'arrow before', () => move_focus(-1, '.graph .edge')],
    ['Enter', 'its details, or unfold', () => false],
  ]);
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
          <span class="dim">{words_of(graph)}</span>
          <span class="faint" data-part="rate_time">
            {rate_words(graph.rate)}
          </span>
          {parameters.unfold && (
            <button class="button" type="button" onClick={fold}>
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
          unfolded={parameters.unfold}
          camera={parameters.at}
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
