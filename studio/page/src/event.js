// SPDX-License-Identifier: Apache-2.0
//
// What an event of JSONL says, whichever dialect it came in: its figures, the messages of a call
// of a model, and the verdict of a guard. Names are those of studio/span_reading.cc.

// The payload's attributes and those beside it, in one flat object without a prototype: keys come
// from strangers.
export function attributes_of(event) {
  const all = Object.create(null);
  const take = (object) => {
    for (const [key, value] of Object.entries(object)) {
      if (
        (key === 'payload' || key === 'metadata' || key === 'attributes' || key === 'data') &&
        value &&
        typeof value === 'object' &&
        !Array.isArray(value)
      )
        take(value);
      else if (all[key] === undefined) all[key] = value;
    }
  };
  if (event && typeof event === 'object') take(event);
  return all;
}

function first(all, names) {
  for (const name of names) {
    if (all[name] !== undefined && all[name] !== null && all[name] !== '') return all[name];
  }
  return undefined;
}

function number(value) {
  const read = typeof value === 'number' ? value : Number.NaN;
  return Number.isFinite(read) ? read : null;
}

export function figures_of(event) {
  const all = attributes_of(event);
  return {
    model: first(all, ['model', 'gen_ai.response.model', 'gen_ai.request.model', 'llm.model_name']),
    name: first(all, [
      'span.name',
      'tool_name',
      'tool',
      'tool.name',
      'gen_ai.tool.name',
      'guard.policy',
    ]),
    duration_ms: number(first(all, ['duration_ms', 'durationMs', 'latency_ms'])),
    cost_usd: number(first(all, ['cost_usd', 'cost_estimate', 'cost', 'llm.cost.total'])),
    input_tokens: number(
      first(all, [
        'input_tokens',
        'gen_ai.usage.input_tokens',
        'prompt_tokens',
        'llm.token_count.prompt',
      ]),
    ),
    output_tokens: number(
      first(all, [
        'output_tokens',
        'gen_ai.usage.output_tokens',
        'completion_tokens',
        'llm.token_count.completion',
      ]),
    ),
    tokens: number(first(all, ['tokens', 'token_count', 'total_tokens', 'llm.token_count.total'])),
    from: first(all, ['agent.handoff.from', 'from']),
    to: first(all, ['agent.handoff.to', 'to']),
    message: first(all, [
      'message',
      'agent.handoff.reason',
      'reason',
      'span.status_message',
      'error',
      'error.message',
    ]),
  };
}

// JSON in a text is what it says; any other text is itself.
function unpacked(value) {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export function text_of(value) {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function part_text(part) {
  if (typeof part === 'string') return part;
  return text_of(part?.text ?? part?.content ?? part?.result ?? part);
}

function message_of(value, role) {
  if (!value || typeof value !== 'object') return { role, text: text_of(value) };
  const parts = value.parts ?? value.content ?? value.text ?? value.contents;
  const calls = value.tool_calls ? `\n${text_of(value.tool_calls)}` : '';
  const text = Array.isArray(parts) ? parts.map(part_text).join('\n') : text_of(parts ?? value);
  return { role: text_of(value.role ?? role), text: text + calls };
}

function messages_in(value, role) {
  const said = unpacked(value);
  if (said === undefined || said === null || said === '') return [];
  if (Array.isArray(said)) return said.map((one) => message_of(one, role));
  if (said && Array.isArray(said.messages)) return messages_in(said.messages, role);
  return [message_of(said, role)];
}

// llm.input_messages.0.message.role and the like, in the order of their numbers.
function numbered_messages(all, prefix, role) {
  const found = [];
  for (const [key, value] of Object.entries(all)) {
    if (!key.startsWith(prefix)) continue;
    const match = /^(\d+)\.(?:message\.)?(role|content|.*)$/.exec(key.slice(prefix.length));
    if (!match) continue;
    const message = (found[Number(match[1]) % 4096] ??= { role, text: '' });
    if (match[2] === 'role') message.role = text_of(value);
    else if (match[2] === 'content') message.text = text_of(value) + message.text;
    else message.text += `\n${match[2]}: ${text_of(value)}`;
  }
  return found.filter(Boolean);
}

const INPUTS = [
  'messages',
  'gen_ai.input.messages',
  'input.value',
  'prompt',
  'gen_ai.prompt',
  'traceloop.entity.input',
  'llm.prompts',
];
const OUTPUTS = [
  'gen_ai.output.messages',
  'response',
  'output.value',
  'completion',
  'gen_ai.completion',
  'traceloop.entity.output',
  'llm.choices',
  'content',
  'text',
];
const TOOL_INPUTS = [
  'arguments',
  'tool.parameters',
  'tool.arguments',
  'exo.tool.arguments',
  'args',
  'gen_ai.tool.call.arguments',
  'tool_input',
  'input',
];
const TOOL_OUTPUTS = [
  'result',
  'tool.result',
  'exo.tool.result',
  'gen_ai.tool.call.result',
  'tool_output',
  'output',
];

// [{role, text, reply}]: what went in, and then what came out.
export function messages_of(events) {
  const inputs = [],
    outputs = [];
  for (const event of events) {
    const all = attributes_of(event);
    if (all['gen_ai.system_instructions'] !== undefined) {
      inputs.push(...messages_in(all['gen_ai.system_instructions'], 'system'));
    }
    take(
      inputs,
      all,
      ['llm.input_messages.', 'gen_ai.prompt.'],
      [...INPUTS, ...TOOL_INPUTS],
      'user',
    );
    take(
      outputs,
      all,
      ['llm.output_messages.', 'gen_ai.completion.'],
      [...OUTPUTS, ...TOOL_OUTPUTS],
      'assistant',
    );
  }
  return [...unlike(inputs), ...unlike(outputs).map((one) => ({ ...one, reply: true }))].filter(
    (one) => one.text !== '',
  );
}

function take(list, all, prefixes, names, role) {
  for (const prefix of prefixes) {
    const found = numbered_messages(all, prefix, role);
    if (found.length) return void list.push(...found);
  }
  const value = first(all, names);
  if (value !== undefined && typeof value !== 'number') list.push(...messages_in(value, role));
}

// The start and the end of a call may both say its messages.
function unlike(list) {
  const seen = new Set();
  return list.filter(({ role, text }) => {
    const key = `${role}\n${text}`;
    return !seen.has(key) && seen.add(key);
  });
}

const PASSES = new Set(['', 'ALLOW', 'PASS', 'NONE']);

// {policy, action, triggered, confidence, blocked, details}, or null where no guard speaks.
export function guard_of(event) {
  const all = attributes_of(event);
  const policy = first(all, ['guard.policy', 'policy_triggered', 'policy']);
  const action = first(all, ['guard.action', 'verdict', 'action']);
  const triggered = all['guard.triggered'];
  if (policy === undefined && action === undefined && triggered === undefined) return null;
  const word = text_of(action).toUpperCase();
  const fired = triggered === true || triggered === 'true' || !PASSES.has(word);
  return {
    policy: text_of(policy),
    action: text_of(action),
    fired,
    blocked: word.startsWith('BLOCK') || word === 'DENY',
    confidence: number(first(all, ['guard.confidence', 'confidence', 'risk_score'])),
    details: unpacked(first(all, ['guard.details', 'details', 'reason'])),
  };
}
