// SPDX-License-Identifier: Apache-2.0
//
// Runs made for tests: small ones with everything that a page shows, and one as large as wished.

const BEGIN_S = 1_780_000_000;
const hex = (number, digits) => number.toString(16).padStart(digits, '0');

export const span_id = (number) => hex(0xa000000000000000n + BigInt(number), 16);

export function event(at_ms, event_type, agent_name, span, parent, payload, run_id = 'run-1') {
  return {
    timestamp: BEGIN_S + at_ms / 1e3,
    event_type,
    agent_name,
    pattern_type: 'supervisor',
    payload,
    run_id,
    trace_id: hex(0x77n, 32),
    span_id: span_id(span),
    ...(parent ? { parent_span_id: span_id(parent) } : {}),
  };
}

// Two agents, a hand-off with a reason, a call with messages, a guard that blocks, an orphan, and a
// span that is still open.
export function small_run(run_id = 'run-1') {
  const e = (...all) => event(...all, run_id);
  return [
    e(0, 'pattern_start', '', 1, 0, { workflow: 'refunds' }),
    e(10, 'agent_start', 'Router', 2, 1, {}),
    e(20, 'handoff', 'Router', 3, 2, {
      from: 'Router',
      to: 'Billing',
      reason: 'refund over $50',
      protocol: 'http',
    }),
    e(40, 'agent_end', 'Router', 2, 1, { duration_ms: 30 }),
    e(50, 'agent_start', 'Billing', 4, 1, {}),
    e(60, 'llm_call_start', 'Billing', 5, 4, {
      model: 'gpt-4o',
      provider: 'openai',
      messages: [{ role: 'user', content: 'Where is my refund?' }],
    }),
    e(460, 'llm_call_end', 'Billing', 5, 4, {
      model: 'gpt-4o',
      provider: 'openai',
      input_tokens: 450,
      output_tokens: 380,
      cost_usd: 0.0084,
      duration_ms: 400,
      response: 'It was sent on Tuesday.',
    }),
    e(470, 'guard_start', 'Billing', 6, 4, { 'span.name': 'content-safety' }),
    e(480, 'guard_end', 'Billing', 6, 4, {
      'span.name': 'content-safety',
      'guard.policy': 'content-safety',
      'guard.action': 'block',
      'guard.triggered': true,
      'guard.confidence': 0.95,
      'guard.details': { reason: 'unsafe keyword detected' },
      duration_ms: 10,
    }),
    e(490, 'agent_end', 'Billing', 4, 1, { duration_ms: 440 }),
    e(500, 'tool_start', 'Late', 8, 99, { 'tool.name': 'lost_lookup' }),
    e(520, 'tool_end', 'Late', 8, 99, { 'tool.name': 'lost_lookup', duration_ms: 20 }),
    e(530, 'agent_start', 'Watcher', 9, 1, {}),
  ];
}

// So many spans in one run: a pattern, agents below it, and calls and tools below them.
export function large_run(spans, run_id = 'large') {
  const all = [event(0, 'pattern_start', '', 1, 0, { workflow: 'large' }, run_id)];
  let next = 2,
    at = 1;
  while (next <= spans) {
    const agent = next++,
      name = `worker-${agent % 40}`;
    all.push(event(at, 'agent_start', name, agent, 1, {}, run_id));
    const begin = at;
    for (let i = 0; i < 9 && next <= spans; ++i) {
      const is_call = i % 3 !== 2,
        span = next++;
      const kind = is_call ? 'llm_call_end' : 'tool_end';
      at += 3;
      all.push(
        event(
          at,
          kind,
          name,
          span,
          agent,
          is_call
            ? {
                model: 'gpt-4o-mini',
                duration_ms: 2.5,
                input_tokens: 100,
                output_tokens: 20,
                cost_usd: 0.0001,
              }
            : { 'tool.name': 'search', duration_ms: 2 },
          run_id,
        ),
      );
    }
    at += 1;
    all.push(event(at, 'agent_end', name, agent, 1, { duration_ms: at - begin }, run_id));
  }
  all.push(
    event(at + 1, 'pattern_end', '', 1, 0, { duration_ms: at + 1, status: 'success' }, run_id),
  );
  return all;
}
