// SPDX-License-Identifier: Apache-2.0
//
// A chart over time by uPlot, in the colours of the theme: one line or bars, perhaps a budget
// line. What the cursor reads is written above it.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { money } from '../format.js';
import { sans, token, useTheme } from '../theme.js';

const AXIS_SIZE = 56;

function options(box, { kind, budget, say, height }) {
  const line = token('line');
  const axis = {
    stroke: token('faint'), font: sans(12), ticks: { show: false }, grid: { stroke: line, width: 1 },
  };
  const bars = kind === 'bars' ? uPlot.paths.bars({ size: [0.6, 48], radius: 0.15 }) : undefined;
  return {
    width: box.clientWidth, height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: token('c1') } },
    scales: {
      x: { time: true, range: kind === 'bars' ? padded : undefined },
      y: { range: (_, min, max) => [0, Math.max(max, budget ?? 0, 1e-9) * 1.08] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 80 },
      { ...axis, size: AXIS_SIZE, space: 36, values: (_, all) => all.map((one) => money(one)) },
    ],
    series: [{}, {
      stroke: token('c1'), width: 2, paths: bars,
      fill: kind === 'bars' ? token('c1') : `${token('c1')}22`,
      points: { show: false },
    }],
    hooks: {
      setCursor: [(plot) => say(plot.cursor.idx ?? null)],
      draw: [(plot) => budget && draw_budget(plot, budget)],
    },
  };
}

const DAY_S = 86_400;
const padded = (_, min, max) => [min - DAY_S * 0.6, max + DAY_S * 0.6];

function draw_budget(plot, budget) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(budget, 'y', true));
  ctx.save();
  ctx.strokeStyle = token('amber');
  ctx.fillStyle = token('amber');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = sans(12 * devicePixelRatio);
  ctx.textAlign = 'right';
  ctx.fillText(`budget ${money(budget)}`, bbox.left + bbox.width - 4, y - 6 * devicePixelRatio);
  ctx.restore();
}

// points: [[seconds since 1970, value]]; read(point): the words for the cursor.
export function Chart({ points, kind = 'line', budget = null, read, height = 200, label }) {
  const box = useRef(null);
  const words = useRef(null);
  const theme = useTheme();
  const key = JSON.stringify(points);
  useEffect(() => {
    const say = (index) => {
      words.current.textContent = index === null ? '' : read(points[index]);
    };
    const data = [points.map(([x]) => x), points.map(([, y]) => y)];
    const plot = new uPlot(options(box.current, { kind, budget, say, height }), data, box.current);
    const resize = new ResizeObserver(() => plot.setSize({ width: box.current.clientWidth, height }));
    resize.observe(box.current);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [key, kind, budget, theme, height]);
  return (
    <div class="chart" role="img" aria-label={label}>
      <div class="reading_of" ref={words} />
      <div ref={box} />
    </div>
  );
}
