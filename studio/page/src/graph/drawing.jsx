// SPDX-License-Identifier: Apache-2.0
//
// The picture of a graph, which can be dragged, zoomed, and walked through with Tab.
import { useMemo, useRef } from 'preact/hooks';

import { color_class } from '../colors.js';
import { percent, short_count, short_rate } from '../format.js';
import { Icon } from '../parts/icons.jsx';
import { arrow } from './arrow.js';
import { useCamera } from './camera.js';
import { edge_key, figures_of_node, label_of } from './graph_view.jsx';
import { cut, FAILS, fails, labels_of } from './labels.js';

const R_MIN = 10,
  R_MAX = 28;
const LETTERS = 22;
const LABELS_FROM = 0.45; // of its size: below that, words would not be readable
const RATES_LETTERS = 14; // larger than that, a third line would lie on the node below
const CROWD = 100; // arrows: of more, those that are not picked step back
const AROUND = 72; // what belongs to a node, and is beside its middle

const n = (value) => value.toFixed(1);
const READABLE = 11; // pixels of the screen: texts grow in the picture when it is drawn small
const TEXT_MAX = 18;
const text_size = (k) => Math.min(TEXT_MAX, Math.max(12, READABLE / k));

function radii(graph, size) {
  const value = (node) => Math.max(0, (size === 'cost' ? node.cost_usd : node.calls) ?? 0);
  const most = graph.nodes.reduce((max, node) => Math.max(max, value(node)), 0) || 1;
  return new Map(
    graph.nodes.map((node) => [node.id, R_MIN + (R_MAX - R_MIN) * Math.sqrt(value(node) / most)]),
  );
}

// Where the agents of an unfolded group stand; else all of it.
function area_of(graph, layout, unfolded) {
  const all = { x: 0, y: 0, width: layout.width, height: layout.height };
  if (!unfolded) return all;
  const places = graph.nodes
    .filter((one) => one.kind === 'agent')
    .map((one) => layout.places.get(one.id))
    .filter(Boolean);
  if (places.length === 0) return all;
  const x = Math.min(...places.map((one) => one.x)),
    y = Math.min(...places.map((one) => one.y));
  return {
    x: x - AROUND,
    y: y - AROUND,
    width: Math.max(...places.map((one) => one.x)) - x + 2 * AROUND,
    height: Math.max(...places.map((one) => one.y)) - y + 2 * AROUND,
  };
}

export function Drawing(props) {
  const { graph, layout, of_key, size, pulses, node, edge, unfolded, camera, onNode, onEdge } =
    props;
  const box = useRef(null);
  const area = useMemo(() => area_of(graph, layout, unfolded), [layout, of_key]);
  const [at, move] = useCamera(box, { area, of_key, text: camera });
  const r = useMemo(() => radii(graph, size), [graph, size]);
  const place = (id) =>
    layout.places.has(id) && { ...layout.places.get(id), r: r.get(id) ?? R_MIN };
  const letters = text_size(at.k);
  const edges = graph.edges
    .filter((one) => place(one.from) && place(one.to))
    .map((one) => ({
      edge: one,
      way: arrow(place(one.from), place(one.to)),
      touched: edge_key(one) === edge || one.from === node || one.to === node,
    }));
  const is_crowded = edges.length > CROWD;
  const nodes = graph.nodes
    .filter((one) => place(one.id))
    .map((one) => ({ ...place(one.id), label: cut(one.label, LETTERS) }));
  const labels = labels_of({ edges, nodes, letters, is_readable: at.k > LABELS_FROM, is_crowded });
  return (
    <div class="graph" ref={box} data-view="graph">
      <svg
        class={`drawing ${is_crowded ? 'crowded' : ''}`}
        role="group" aria-label={`Graph of ${graph.nodes.length} nodes`}
      >
        <g
          transform={`translate(${at.x.toFixed(2)} ${at.y.toFixed(2)}) scale(${at.k.toFixed(4)})`}
          font-size={letters}
        >
          {layout.regions.map((one) => (
            <Region key={one.label} {...one} />
          ))}
          {edges.map((one) => (
            <Edge
              key={edge_key(one.edge)}
              {...one}
              names={`${label_of(graph, one.edge.from)} to ${label_of(graph, one.edge.to)}`}
              pulse={pulses.has(edge_key(one.edge))}
              words={labels.get(one.edge)}
              onPick={onEdge}
            />
          ))}
          {graph.nodes.map(
            (one) =>
              place(one.id) && (
                <Node
                  key={one.id}
                  node={one}
                  at={place(one.id)}
                  size={size}
                  letters={letters}
                  picked={one.id === node}
                  onPick={onNode}
                />
              ),
          )}
        </g>
      </svg>
      <Legend graph={graph} />
      <div class="graph_tools">
        <button
          class="icon_button"
          type="button"
          aria-label="Closer"
          onClick={() => move.zoom(1.25)}
        >
          <Icon name="plus" />
        </button>
        <button
          class="icon_button"
          type="button"
          aria-label="Farther"
          onClick={() => move.zoom(0.8)}
        >
          <Icon name="minus" />
        </button>
        <button class="icon_button" type="button" aria-label="All of it" onClick={move.fit}>
          <Icon name="fit" />
        </button>
      </div>
    </div>
  );
}

function Region({ label, x, y, width, height }) {
  return (
    <g class="region">
      <rect x={x} y={y} width={width} height={height} rx="6" />
      <text x={x + 16} y={y + 24}>
        {label || 'no pattern'}
      </text>
    </g>
  );
}

function Legend({ graph }) {
  const has = (kind) => graph.edges.some((one) => one.kind === kind);
  return (
    <div class="legend graph_legend" data-part="graph_legend">
      {has('handoff') && (
        <span>
          <i class="handoff" />
          hand-off
        </span>
      )}
      {has('call') && (
        <span>
          <i class="calling" />
          call
        </span>
      )}
      <span>
        <i class="error" />
        {`${percent(FAILS, 0)} or more failed`}
      </span>
    </div>
  );
}

// Enter and the space bar press what is no button of the browser's.
const pressing = (press) => (event) => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  press();
};

// Tab goes from node to node; arrows, of which there may be hundreds, have keys of their own.
function Edge({ edge, way, touched, pulse, words, names, onPick }) {
  const wide = Math.min(6, 1.5 + Math.log10(Math.max(1, edge.count)));
  const { tip, middle } = way;
  const failing = fails(edge.errors, edge.count) ? 'bad' : edge.errors > 0 ? 'some' : '';
  return (
    <g
      class={`edge ${edge.kind} ${touched ? 'touched' : ''} ${failing}`}
      tabindex="-1"
      role="button"
      aria-label={`${edge.kind === 'handoff' ? 'hand-off' : 'call'}, ${names}, ${edge.count}`}
      onClick={() => onPick(edge)}
      onKeyDown={pressing(() => onPick(edge))}
    >
      <path class="way" d={way.way} stroke-width={wide.toFixed(1)} />
      {pulse && <path class="pulse" d={way.way} key={edge.count} />}
      <path d={way.way} class="touch" />
      <polygon
        points="0,0 -9,-5 -9,5"
        transform={`translate(${n(tip.x)} ${n(tip.y)}) rotate(${n(tip.angle)})`}
      />
      {words && (
        <text x={middle.x} y={middle.y}>
          {words}
        </text>
      )}
    </g>
  );
}

// "12/min · 4 % fail", as far as there is something to say.
function rates_of(node) {
  if (node.kind === 'user') return '';
  const { calls_per_minute: often } = node;
  const failed = node.errors > 0 && node.error_rate !== null;
  return [node.calls > 0 && often !== null && short_rate(often), failed && `${percent(node.error_rate, node.error_rate < 0.1 ? 1 : 0)} fail`]
    .filter(Boolean)
    .join(' · ');
}

// An agent has its colour everywhere; roles of the same name in several patterns have several.
const color_name = (node) => (node.kind === 'group' ? `${node.pattern} ${node.label}` : node.label);

function Node({ node, at, size, letters, picked, onPick }) {
  const is_round = node.kind === 'agent' || node.kind === 'group';
  const agents =
    node.agents > 1
      ? `${short_count(node.agents)} agents`
      : ['agent', 'user'].includes(node.kind)
        ? ''
        : node.kind;
  return (
    <g
      class={`node ${picked ? 'picked' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      tabindex="0"
      role="button"
      aria-label={`${node.label}, ${figures_of_node(node, size)}`}
      data-node={node.id}
      onClick={() => onPick(node)}
      onKeyDown={pressing(() => onPick(node))}
    >
      <circle class="ring" r={at.r + 5} />
      {is_round ? (
        <circle class={`fill ${color_class(color_name(node))}`} r={at.r} />
      ) : (
        <rect class="fill" x={-at.r} y={-at.r} width={2 * at.r} height={2 * at.r} rx="6" />
      )}
      {node.error_rate >= FAILS &&
        node.errors > 0 &&
        (is_round ? (
          <circle class="failing" r={at.r + 2} />
        ) : (
          <rect
            class="failing"
            x={-at.r - 2}
            y={-at.r - 2}
            width={2 * at.r + 4}
            height={2 * at.r + 4}
            rx="8"
          />
        ))}
      <text y={at.r + 5 + letters}>{cut(node.label, LETTERS)}</text>
      <text class="figures_of" y={at.r + 7 + 2.2 * letters}>
        {agents && size === 'calls' && node.kind === 'group'
          ? agents
          : [agents, figures_of_node(node, size)].filter(Boolean).join(' · ')}
      </text>
      <text class="figures_of" y={at.r + 9 + 3.4 * letters}>
        {letters <= RATES_LETTERS && rates_of(node)}
      </text>
    </g>
  );
}
