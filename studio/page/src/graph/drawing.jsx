// SPDX-License-Identifier: Apache-2.0
//
// The picture of a graph, which can be dragged, zoomed, and walked through with Tab.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

import { color_class } from '../colors.js';
import { short_count } from '../format.js';
import { useKeys } from '../keys.jsx';
import { Icon } from '../parts/icons.jsx';
import { arrow } from './arrow.js';
import { edge_key, figures_of_node } from './graph_view.jsx';

const R_MIN = 10,
  R_MAX = 28;
const LABELS_MAX = 48; // of edges: more of them are told of the picked node only
const LETTERS = 22;

const n = (value) => value.toFixed(1);
const READABLE = 11; // pixels of the screen: texts grow in the picture when it is drawn small
const TEXT_MAX = 18;
const text_size = (k) => Math.min(TEXT_MAX, Math.max(12, READABLE / k));

const cut = (text, letters = LETTERS) =>
  text.length > letters ? `${text.slice(0, letters - 1)}…` : text;

function radii(graph, size) {
  const value = (node) => Math.max(0, (size === 'cost' ? node.cost_usd : node.calls) ?? 0);
  const most = graph.nodes.reduce((max, node) => Math.max(max, value(node)), 0) || 1;
  return new Map(
    graph.nodes.map((node) => [node.id, R_MIN + (R_MAX - R_MIN) * Math.sqrt(value(node) / most)]),
  );
}

export function Drawing({ graph, layout, of_key, size, pulses, node, edge, onNode, onEdge }) {
  const box = useRef(null);
  const [at, move] = useCamera(box, layout, of_key);
  const r = useMemo(() => radii(graph, size), [graph, size]);
  const place = (id) =>
    layout.places.has(id) && { ...layout.places.get(id), r: r.get(id) ?? R_MIN };
  const has_labels = graph.edges.length <= LABELS_MAX && at.k > 0.5;
  const letters = text_size(at.k);
  const edges = graph.edges.filter((one) => place(one.from) && place(one.to));
  return (
    <div class="graph" ref={box} data-view="graph">
      <svg class="drawing" role="group" aria-label={`Graph of ${graph.nodes.length} nodes`}>
        <g
          transform={`translate(${at.x.toFixed(2)} ${at.y.toFixed(2)}) scale(${at.k.toFixed(4)})`}
          font-size={letters}
        >
          {layout.regions.map((one) => (
            <Region key={one.label} {...one} />
          ))}
          {edges.map((one) => {
            const key = edge_key(one),
              touched = key === edge || one.from === node || one.to === node;
            return (
              <Edge
                key={key}
                edge={one}
                way={arrow(place(one.from), place(one.to))}
                touched={touched}
                pulse={pulses.has(key)}
                has_label={has_labels || touched}
                letters={letters}
                onPick={onEdge}
              />
            );
          })}
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

// "12 · why": how often, and the first reason as far as there is room for it.
function words_of(edge, room) {
  const reason = edge.reasons?.[0]?.text ?? '',
    n = short_count(edge.count);
  const letters = Math.floor(room) - n.length - 3;
  if (!reason || letters < 4) return n;
  const more = edge.reasons.length > 1 ? ` +${edge.reasons.length - 1}` : '';
  return `${n} · ${cut(reason, letters - more.length)}${more}`;
}

function Edge({ edge, way, touched, pulse, has_label, letters, onPick }) {
  const wide = Math.min(6, 1 + Math.log10(Math.max(1, edge.count)));
  const { tip, middle } = way;
  const kind = `edge ${edge.kind} ${touched ? 'touched' : ''} ${edge.errors > 0 ? 'bad' : ''}`;
  return (
    <g class={kind} onClick={() => onPick(edge)}>
      <path class="way" d={way.way} stroke-width={wide.toFixed(1)} />
      {pulse && <path class="pulse" d={way.way} key={edge.count} />}
      <path d={way.way} class="touch" />
      <polygon
        points="0,0 -9,-5 -9,5"
        transform={`translate(${n(tip.x)} ${n(tip.y)}) rotate(${n(tip.angle)})`}
      />
      {has_label && (
        <text x={middle.x} y={middle.y}>
          {words_of(edge, way.room / (letters * 0.62))}
        </text>
      )}
    </g>
  );
}

// An agent has its colour everywhere; roles of the same name in several patterns have several.
const color_name = (node) => (node.kind === 'group' ? `${node.pattern} ${node.label}` : node.label);

function Node({ node, at, size, letters, picked, onPick }) {
  const key = (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onPick(node);
  };
  const is_round = node.kind === 'agent' || node.kind === 'group';
  const agents =
    node.agents > 1 ? `${short_count(node.agents)} agents` : node.kind !== 'agent' ? node.kind : '';
  return (
    <g
      class={`node ${picked ? 'picked' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      tabindex="0"
      role="button"
      aria-label={`${node.label}, ${figures_of_node(node, size)}`}
      data-node={node.id}
      onClick={() => onPick(node)}
      onKeyDown={key}
    >
      <circle class="ring" r={at.r + 5} />
      {is_round ? (
        <circle class={`fill ${color_class(color_name(node))}`} r={at.r} />
      ) : (
        <rect class="fill" x={-at.r} y={-at.r} width={2 * at.r} height={2 * at.r} rx="6" />
      )}
      {node.errors > 0 &&
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
      <text y={at.r + 5 + letters}>{cut(node.label)}</text>
      <text class="figures_of" y={at.r + 7 + 2.2 * letters}>
        {agents && size === 'calls' && node.kind === 'group'
          ? agents
          : [agents, figures_of_node(node, size)].filter(Boolean).join(' · ')}
      </text>
    </g>
  );
}

const K_MIN = 0.08,
  K_MAX = 3;

// Where the picture stands: {x, y, k}. All of it is in sight at first, and when it is another one.
function useCamera(box, layout, of_key) {
  const [at, set] = useState({ x: 0, y: 0, k: 1 });
  const fit = () => {
    if (!box.current) return; // it is told once more after the picture is gone
    const { clientWidth, clientHeight } = box.current;
    const k = Math.min(
      1.25,
      Math.max(
        K_MIN,
        Math.min(clientWidth / (layout.width + 48), clientHeight / (layout.height + 88)),
      ),
    );
    set({
      k,
      x: (clientWidth - layout.width * k) / 2,
      y: (clientHeight - (layout.height + 24) * k) / 2,
    });
  };
  const zoom = (factor, x = box.current.clientWidth / 2, y = box.current.clientHeight / 2) =>
    set((was) => {
      const k = Math.min(K_MAX, Math.max(K_MIN, was.k * factor));
      return { k, x: x - ((x - was.x) / was.k) * k, y: y - ((y - was.y) / was.k) * k };
    });
  const pan = (dx, dy) => set((was) => ({ ...was, x: was.x + dx, y: was.y + dy }));
  useLayoutEffect(fit, [of_key, layout.width > 0]);
  useEffect(() => {
    const resize = new ResizeObserver(fit);
    resize.observe(box.current);
    return () => resize.disconnect();
  }, [layout]);
  useEffect(() => listen(box.current, zoom, pan), []);
  useKeys('Graph', [
    ['+, =', 'closer', () => zoom(1.25)],
    ['-', 'farther', () => zoom(0.8)],
    ['0', 'all of it', fit],
    ['a, ArrowLeft', 'left', () => pan(60, 0)],
    ['d, ArrowRight', 'right', () => pan(-60, 0)],
    ['w, ArrowUp', 'up', () => pan(0, 60)],
    ['s, ArrowDown', 'down', () => pan(0, -60)],
  ]);
  return [at, { fit, zoom }];
}

function listen(box, zoom, pan) {
  let last = null,
    moved = 0;
  const on = {
    wheel(event) {
      event.preventDefault();
      const from = box.getBoundingClientRect();
      zoom(
        Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.004),
        event.clientX - from.left,
        event.clientY - from.top,
      );
    },
    pointerdown(event) {
      last = event.button === 0 && !event.target.closest('.graph_tools') ? event : null;
      moved = 0;
    },
    pointermove(event) {
      if (!last) return;
      const dx = event.clientX - last.clientX,
        dy = event.clientY - last.clientY;
      moved += Math.abs(dx) + Math.abs(dy);
      if (moved < 4) return;
      if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
      box.classList.add('moved');
      pan(dx, dy);
      last = event;
    },
    pointerup() {
      last = null;
      box.classList.remove('moved');
    },
  };
  for (const [name, listener] of Object.entries(on))
    box.addEventListener(name, listener, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(on)) box.removeEventListener(name, listener);
  };
}
