// SPDX-License-Identifier: Apache-2.0
//
// sender.js MODULES URL proto|json none|gzip SHAPE: sends one trace by OpenTelemetry's own SDK, as
// an agent that is instrumented in SHAPE's words would, and prints a line of JSON for each span.
'use strict';

const [modules, url, protocol, compression, shape] = process.argv.slice(2);
const from = (name) => require(`${modules}/@opentelemetry/${name}`);
const {trace, context, SpanKind, SpanStatusCode} = from('api');
const {BasicTracerProvider, BatchSpanProcessor} = from('sdk-trace-base');
const {resourceFromAttributes} = from('resources');
const {OTLPTraceExporter} =
    from(protocol === 'json' ? 'exporter-trace-otlp-http' : 'exporter-trace-otlp-proto');

const WORDS = {
  genai: {
    agent: ['invoke_agent analyst', {
      'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'analyst',
      'gen_ai.conversation.id': 'session-1'}],
    llm: ['chat gpt-4o', {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 450,
      'gen_ai.usage.output_tokens': 380, 'gen_ai.request.temperature': 0.5,
      'gen_ai.response.finish_reasons': ['stop']}],
    tool: ['execute_tool search', {
      'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search',
      'gen_ai.tool.call.id': 'call-1'}],
  },
  openinference: {
    agent: ['run', {
      'openinference.span.kind': 'AGENT', 'agent.name': 'analyst', 'session.id': 'session-1'}],
    llm: ['ChatCompletion', {
      'openinference.span.kind': 'LLM', 'llm.provider': 'openai', 'llm.model_name': 'gpt-4o',
      'llm.token_count.prompt': 450, 'llm.token_count.completion': 380,
      'llm.input_messages.0.message.role': 'user', 'input.value': 'hello'}],
    tool: ['search', {
      'openinference.span.kind': 'TOOL', 'tool.name': 'search', 'tool.id': 'call-1'}],
  },
  traceloop: {
    agent: ['analyst.agent', {
      'traceloop.span.kind': 'agent', 'traceloop.entity.name': 'analyst',
      'traceloop.association.properties.session_id': 'session-1'}],
    llm: ['openai.chat', {
      'llm.request.type': 'chat', 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.prompt_tokens': 450, 'gen_ai.usage.completion_tokens': 380,
      'gen_ai.prompt.0.role': 'user', 'gen_ai.prompt.0.content': 'hello'}],
    tool: ['search.tool', {
      'traceloop.span.kind': 'tool', 'traceloop.entity.name': 'search',
      'traceloop.entity.input': '{"q":1}'}],
  },
};

async function main() {
  const exporter = new OTLPTraceExporter({url, compression, timeoutMillis: 60000});
  const processor = new BatchSpanProcessor(exporter);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({'service.name': 'shop', 'deployment.environment': 'test'}),
    spanProcessors: [processor]});
  const tracer = provider.getTracer('sender', '1.2.3');
  const words = WORDS[shape];
  const begin = 1_780_000_000_000;
  const tell = (role, span, parent) => console.log(JSON.stringify({
    role, trace: span.spanContext().traceId, span: span.spanContext().spanId,
    parent: parent ? parent.spanContext().spanId : ''}));

  const make = (role, parent, kind, startMs, endMs, finish) => {
    const [name, attributes] = words[role];
    const within = parent ? trace.setSpan(context.active(), parent) : context.active();
    const span = tracer.startSpan(name, {kind, attributes, startTime: begin + startMs}, within);
    tell(role, span, parent);
    if (finish) finish(span);
    return {span, end: () => span.end(begin + endMs)};
  };
  const agent = make('agent', null, SpanKind.INTERNAL, 0, 2000);
  const llm = make('llm', agent.span, SpanKind.CLIENT, 100, 1350.5, (span) => {
    span.addEvent('first token', {n: 1}, begin + 300);
  });
  const tool = make('tool', agent.span, SpanKind.INTERNAL, 1400, 1900, (span) => {
    span.recordException(new TypeError('no such page'), begin + 1800);
    span.setStatus({code: SpanStatusCode.ERROR, message: 'it failed'});
  });
  llm.end();
  tool.end();
  agent.end();
  await processor.forceFlush();
  await provider.shutdown();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
