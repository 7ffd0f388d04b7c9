// SPDX-License-Identifier: Apache-2.0
//
// The flamegraph: time, tokens or cost; as it happened, left heavy, or by name in a sandwich.
import { useEffect, useMemo, useState } from 'preact/hooks';

import { count, percent } from '../format.js';
import { useKeys, useRowKeys } from '../keys.jsx';
import { Segments } from '../parts/small.jsx';
import { set_parameters } from '../route.jsx';
import { FlameCanvas } from './flame_canvas.jsx';
import { say_weight } from './flame_drawing.js';
import {
  by_name,
  by_time,
  by_weight,
  left_heavy,
  MEASURES,
  name_key,
  ORDERS,
  own_weights,
  sandwich,
} from './flame_layout.js';
import { TimeView } from './view.js';

const UNZOOMED = { zoom: '', zoom_up: '', zoom_down: '' };

const one_of = (list, value) => (list.some(([one]) => one === value) ? value : list[0][0]);

export function flame_choices(parameters) {
  return { measure: one_of(MEASURES, parameters.measure), order: one_of(ORDERS, parameters.order) };
}

export function FlameChoices({ measure, order }) {
  return (
    <>
      <Segments
        label="Measure"
        value={measure}
        choices={MEASURES}
        onPick={(next) =>
          set_parameters({ measure: next === 'time' ? '' : next, ...UNZOOMED })
        }
      />
      <Segments
        label="Order"
        value={order}
        choices={ORDERS}
        onPick={(next) => set_parameters({ order: next === 'time' ? '' : next, ...UNZOOMED })}
      />
    </>
  );
}

export function Flamegraph({ tree, view, parameters, selected, matches, onSelect }) {
  const { measure, order } = flame_choices(parameters);
  const [words, set_words] = useState('');
  const sum = useMemo(() => own_weights(tree, measure).reduce((a, b) => a + b, 0), [tree, measure]);
  const shared = { tree, measure, order, selected, matches, onSelect, onRead: set_words };
  if (sum === 0 && measure !== 'time') {
    return (
      <div class="scrolls">
        <p class="dim">{`No span of this run says its ${measure}.`}</p>
      </div>
    );
  }
  return (
    <>
      {order === 'sandwich' ? (
        <Sandwich {...shared} parameters={parameters} />
      ) : (
        <Flame
          key={`${measure} ${order}`}
          {...shared}
          view={view}
          parameters={parameters}
        />
      )}
      <div class="reading">
        <span class="cut">
          {words || 'Point at a box or press j to read it; click for its details, twice to zoom.'}
        </span>
      </div>
    </>
  );
}

// The part of a layout in sight, which is not of the time, as two shares of the whole, in the
// address.
function useZoomInAddress(view, name, text) {
  useEffect(() => {
    if (!view) return undefined;
    const whole = view.last - view.first,
      [from, to] = (text ?? '').split(',').map(Number);
    if (text && to > from) view.show(view.first + from * whole, view.first + to * whole);
    const share = (at) => ((at - view.first) / whole).toPrecision(7);
    let timer = 0;
    const unwatch = view.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const zoomed = view.is_whole() ? '' : `${share(view.from)},${share(view.to)}`;
        set_parameters({ [name]: zoomed });
      }, 300);
    });
    return () => {
      clearTimeout(timer);
      unwatch();
    };
  }, [view]);
}

function Flame({ tree, measure, order, view, parameters, ...rest }) {
  const is_time = measure === 'time' && order === 'time';
  const layout = useMemo(() => {
    if (is_time) return by_time(tree);
    return order === 'time' ? by_weight(tree, measure) : left_heavy(tree, measure);
  }, [tree, measure, order]);
  const own = useMemo(
    () => (is_time ? view : new TimeView(layout.first, layout.last)),
    [layout, view],
  );
  useZoomInAddress(is_time ? null : own, 'zoom', parameters.zoom);
  useKeys('Flamegraph', [
    ['w, s', 'zoom in, out (or the wheel)', () => false],
    ['a, d', 'left, right (or drag)', () => false],
    ['f', 'fit the span', () => fit(own, layout, rest.selected)],
    ['0', 'all of it', () => own.reset()],
  ]);
  return (
    <FlameCanvas
      layout={layout}
      view={own}
      is_time={is_time}
      {...rest}
      label={`Flamegraph of ${layout.length} boxes`}
    />
  );
}

function agent_beside(tree, span) {
  const agent = tree.text('agent', span);
  return agent === tree.label(span) ? '' : agent;
}

function fit(view, layout, span) {
  const at = layout.span.indexOf(span);
  if (at < 0) return false;
  view.show(layout.from[at], layout.to[at]);
  return true;
}

function Sandwich({ tree, measure, parameters, onSelect, ...rest }) {
  const names = useMemo(() => by_name(tree, measure), [tree, measure]);
  const sum = names.reduce((all, one) => all + one.own, 0) || 1;
  const chosen = names.find((one) => String(one.key) === parameters.of) ?? names[0];
  const layouts = useMemo(
    () => chosen && sandwich(tree, measure, chosen.key),
    [tree, measure, chosen],
  );
  const views = useMemo(
    () =>
      layouts && [layouts.callers, layouts.callees].map((one) => new TimeView(one.first, one.last)),
    [layouts],
  );
  useZoomInAddress(views?.[0], 'zoom_up', parameters.zoom_up);
  useZoomInAddress(views?.[1], 'zoom_down', parameters.zoom_down);
  useRowKeys();
  if (!chosen)
    return (
      <div class="scrolls">
        <p class="dim">This run has no spans.</p>
      </div>
    );
  const choose = (key) => set_parameters({ of: String(key), ...UNZOOMED });
  const pick = (span) => {
    choose(name_key(tree, span));
    onSelect(span);
  };
  const half = { tree, ...rest, is_time: false, onSelect: pick };
  return (
    <div class="sandwich">
      <div class="names">
        <table class="table">
          <thead>
            <tr>
              <th>Name</th>
              <th class="num">Self</th>
              <th class="num">All</th>
              <th class="num">Spans</th>
            </tr>
          </thead>
          <tbody>
            {names.slice(0, 200).map((one) => (
              <tr
                key={one.key}
                class={`goes ${one === chosen ? 'picked' : ''}`}
                onClick={() => choose(one.key)}
              >
                <td class="cut name">
                  <button
                    class="as_text"
                    type="button"
                    data-row
                    aria-pressed={String(one === chosen)}
                  >
                    {tree.label(one.span)} <span class="faint">{agent_beside(tree, one.span)}</span>
                  </button>
                </td>
                <td class="num">
                  {say_weight(measure, one.own)}{' '}
                  <span class="faint">{percent(one.own / sum, 0)}</span>
                </td>
                <td class="num">{say_weight(measure, one.total)}</td>
                <td class="num faint">{count(one.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {names.length > 200 && (
          <p class="faint">{`${count(names.length - 200)} lighter names are left out`}</p>
        )}
      </div>
      <div class="halves">
        <h3>Called by</h3>
        <FlameCanvas {...half} layout={layouts.callers} view={views[0]} up label="Callers" />
        <h3>Calls</h3>
        <FlameCanvas {...half} layout={layouts.callees} view={views[1]} label="Callees" />
      </div>
    </div>
  );
}
