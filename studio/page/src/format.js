// SPDX-License-Identifier: Apache-2.0
//
// How numbers are said, everywhere the same. What nobody said is a dash, and never a 0.

export const NOTHING = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function fixed(value, digits) {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function count(value) {
  return value === null || value === undefined ? NOTHING : whole.format(value);
}

// 1,840,220 as 1.84 M, for where there is no room.
export function short_count(value) {
  if (value === null || value === undefined) return NOTHING;
  if (value < 10_000) return whole.format(value);
  if (value < 999_500) return `${trimmed(value / 1e3)} k`;
  if (value < 999_500_000) return `${trimmed(value / 1e6)} M`;
  return `${trimmed(value / 1e9)} G`;
}

function trimmed(value) {
  return value < 10 ? fixed(value, 2) : value < 100 ? fixed(value, 1) : fixed(value, 0);
}

// "1 run", "2 runs".
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

// 84 µs, 310 ms, 2.4 s, 3 m 12 s, 2 h 05 m.
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return NOTHING;
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 0.001) return `${fixed(ms * 1e6, 0)} ns`;
  if (size < 0.9995) return `${fixed(ms * 1e3, size < 0.01 ? 1 : 0)} µs`;
  if (size < 9.995) return `${fixed(ms, 1)} ms`;
  if (size < 999.5) return `${fixed(ms, 0)} ms`;
  if (size < 9_995) return `${fixed(ms / 1e3, 2)} s`;
  if (size < 59_950) return `${fixed(ms / 1e3, 1)} s`;
  const seconds = Math.round(ms / 1e3);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  return `${whole.format(Math.floor(seconds / 3600))} h ${two(Math.floor(seconds / 60) % 60)} m`;
}

// A round time, as an axis has them: 1 s, 2.5 s, 50 ms.
export function axis_time(ms) {
  return duration(ms)
    .replace(/(\.\d*?)0+(?= )/, '$1')
    .replace(/\.(?= )/, '');
}

function two(value) {
  return String(value).padStart(2, '0');
}

// $0.00840 small, $0.0248 below a dollar, $24.80 large.
export function money(usd) {
  if (usd === null || usd === undefined) return NOTHING;
  const size = Math.abs(usd);
  if (size === 0) return '$0';
  if (size < 0.000005) return '< $0.00001';
  if (size < 0.01) return `$${fixed(usd, 5)}`;
  if (size < 1) return `$${fixed(usd, 4)}`;
  return `$${fixed(usd, 2)}`;
}

export function percent(share, digits = 1) {
  return share === null || share === undefined ? NOTHING : `${fixed(share * 100, digits)} %`;
}

// How often a minute, or an hour where that is seldom: 42 a minute, 0.5 a minute, 3 an hour.
export function rate(per_minute) {
  if (per_minute === null || per_minute === undefined) return NOTHING;
  if (per_minute === 0) return 'none a minute';
  if (per_minute < 0.1) return `${trimmed(per_minute * 60)} an hour`;
  const size = per_minute < 10_000 ? fixed(per_minute, per_minute < 10 ? 1 : 0) : '';
  return `${size || short_count(Math.round(per_minute))} a minute`;
}

// The same where there is no room: 42/min.
export function short_rate(per_minute) {
  if (per_minute < 0.1 && per_minute > 0) return `${trimmed(per_minute * 60)}/h`;
  if (per_minute >= 10_000) return `${short_count(Math.round(per_minute))}/min`;
  const digits = per_minute < 10 && per_minute % 1 !== 0 ? 1 : 0;
  return `${fixed(per_minute, digits)}/min`;
}

// 450→380: what went in and what came out; the sum where only that was said.
export function tokens(input, output, sum) {
  if (input || output) return `${count(input ?? 0)}→${count(output ?? 0)}`;
  return sum ? count(sum) : NOTHING;
}

export function bytes(value) {
  if (value === null || value === undefined) return NOTHING;
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 || value >= 100 ? whole.format(value) : fixed(value, 1)} ${units[unit]}`;
}

const day_of = { weekday: undefined, month: 'short', day: 'numeric' };
const hour_of = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false };

// Today's times as 14:32:01, others as 9 Jun 14:32:01; of the reader's own clock.
export function clock_time(iso) {
  const at = iso ? new Date(iso) : null;
  if (!at || Number.isNaN(at.getTime())) return NOTHING;
  const time = at.toLocaleTimeString('en-GB', hour_of);
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return time;
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' };
  return `${at.toLocaleDateString('en-GB', { ...day_of, ...year })} ${time}`;
}

export function ago(iso, now = Date.now()) {
  if (!iso) return NOTHING;
  const seconds = Math.round((now - new Date(iso).getTime()) / 1e3);
  if (Number.isNaN(seconds)) return NOTHING;
  if (seconds < 2) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
