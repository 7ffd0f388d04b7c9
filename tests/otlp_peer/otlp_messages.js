// SPDX-License-Identifier: Apache-2.0
//
// What a request of OTLP says, read by protobufjs from .proto files of OpenTelemetry, as dd-trace
// brings them: nothing in here knows tracebus. Everything is told as lines of text, field by field:
// 64-bit numbers in decimal, doubles by their bits, bytes in hexadecimal digits.
'use strict';
const fs = require('fs');
const path = require('path');
const protobuf = require('protobufjs');

const folder = path.join(
  path.dirname(require.resolve('dd-trace/package.json')),
  'packages/dd-trace/src/opentelemetry/otlp');
const root = new protobuf.Root();
root.resolvePath = (_, target) => path.join(folder, path.basename(target));
root.loadSync(['trace_service.proto', 'metrics_service.proto']);
root.resolveAll();

function signalOf(name) {
  const service = root.lookupService(`opentelemetry.proto.collector.${name}`);
  const { resolvedRequestType: Request, resolvedResponseType: Response } = service.methods.Export;
  // As gRPC calls it.
  const method = `/${service.fullName.slice(1)}/${service.methods.Export.name}`;
  return { Request, Response, method };
}
const traces = signalOf('trace.v1.TraceService');
const metrics = signalOf('metrics.v1.MetricsService');
const { Response } = traces;

// A field that the .proto files do not have is kept from being overlooked: it would be missing
// from what is encoded again.
function decode(body, { Request } = traces) {
  const request = Request.decode(body);
  const again = Request.encode(request).finish().length;
  if (again !== body.length) {
    throw new Error(`${body.length} bytes, of which ${again} are fields of OTLP`);
  }
  return request;
}

const kIds = ['traceId', 'spanId', 'parentSpanId'];

// OTLP's JSON is protobufjs's own but for ids, which are hexadecimal. What is no field is an error.
function prepared(type, json) {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new Error(`no object where ${type.name} is wanted`);
  }
  const out = {};
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields[key];
    if (field === undefined) throw new Error(`${type.name} has no ${key}`);
    const one = (item) => {
      if (field.resolvedType instanceof protobuf.Type) return prepared(field.resolvedType, item);
      return kIds.includes(key) ? idFromHex(key, item) : checked(field, item);
    };
    if (field.repeated !== Array.isArray(value)) throw new Error(`${type.name}.${key}: an array?`);
    out[key] = field.repeated ? value.map(one) : one(value);
  }
  return out;
}

function idFromHex(key, digits) {
  const bytes = key === 'traceId' ? 16 : 8;
  if (!new RegExp(`^([0-9a-f]{${2 * bytes}})?$`).test(digits)) throw new Error(`${key}: ${digits}`);
  return Buffer.from(digits, 'hex');
}

const kNoNumbers = ['NaN', 'Infinity', '-Infinity'];

// As the mapping of OTLP to JSON says: 64-bit numbers are strings, enums numbers.
function checked(field, value) {
  const is64 = ['int64', 'fixed64', 'sfixed64'].includes(field.type);
  if (is64 && !(typeof value === 'string' && /^-?[0-9]+$/.test(value))) {
    throw new Error(`${field.name} is no decimal string: ${JSON.stringify(value)}`);
  }
  if (field.type === 'double' && typeof value !== 'number' && !kNoNumbers.includes(value)) {
    throw new Error(`${field.name} is no double: ${JSON.stringify(value)}`);
  }
  if (field.resolvedType instanceof protobuf.Enum && typeof value !== 'number') {
    throw new Error(`${field.name} is no number: ${JSON.stringify(value)}`);
  }
  return value;
}

function decodeJson(text, { Request } = traces) {
  return Request.fromObject(prepared(Request, JSON.parse(text)));
}

const hex = (bytes) => Buffer.from(bytes).toString('hex');

function bitsOf(number) {
  if (Number.isNaN(number)) return 'nan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(number);
  return hex(bytes);
}

function valueOf(any) {
  if (any === null) return null;
  switch (any.value) {
    case 'stringValue': return any.stringValue;
    case 'boolValue': return any.boolValue;
    case 'intValue': return { int: any.intValue.toString() };
    case 'doubleValue': return { double: bitsOf(any.doubleValue) };
    case 'bytesValue': return { bytes: hex(any.bytesValue) };
    case 'arrayValue': return any.arrayValue.values.map(valueOf);
    case 'kvlistValue': return { members: any.kvlistValue.values.map(pairOf) };
    default: return null;
  }
}
const pairOf = (pair) => [pair.key, valueOf(pair.value)];
const byKey = (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
const attributesOf = (pairs) => pairs.map(pairOf).sort(byKey);

function spanOf(span) {
  return {
    trace: hex(span.traceId), span: hex(span.spanId), parent: hex(span.parentSpanId),
    state: span.traceState, flags: span.flags, name: span.name, kind: span.kind,
    start: span.startTimeUnixNano.toString(), end: span.endTimeUnixNano.toString(),
    attributes: attributesOf(span.attributes), dropped: span.droppedAttributesCount,
    events: span.events.map((event) => ({
      time: event.timeUnixNano.toString(), name: event.name,
      attributes: attributesOf(event.attributes), dropped: event.droppedAttributesCount,
    })),
    dropped_events: span.droppedEventsCount,
    links: span.links.map((link) => ({
      trace: hex(link.traceId), span: hex(link.spanId), state: link.traceState,
      attributes: attributesOf(link.attributes), dropped: link.droppedAttributesCount,
      flags: link.flags,
    })),
    dropped_links: span.droppedLinksCount,
    code: span.status ? span.status.code : 0, message: span.status ? span.status.message : '',
  };
}

// Written before anything is answered, so that what was answered was told. A pipe may be full.
function say(kind, what) {
  let left = Buffer.from(`${kind} ${JSON.stringify(what)}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(fs.writeSync(1, left));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// Tells what a request says, each span on a line of its own. Returns how many there are.
function tell(request) {
  let spans = 0;
  for (const resource of request.resourceSpans) {
    say('resource', {
      attributes: attributesOf(resource.resource.attributes), schema: resource.schemaUrl,
    });
    for (const scope of resource.scopeSpans) {
      say('scope', {
        name: scope.scope.name, version: scope.scope.version, schema: scope.schemaUrl,
      });
      for (const span of scope.spans) say('span', spanOf(span));
      spans += scope.spans.length;
    }
  }
  return spans;
}

const numberOf = (point) =>
  (point.value === 'asInt' ? { int: point.asInt.toString() } : { double: point.asDouble });

// Tells what a request of metrics says, each data point on a line of its own.
function tellMetrics(request) {
  for (const resource of request.resourceMetrics) {
    say('resource', { attributes: attributesOf(resource.resource.attributes) });
    for (const scope of resource.scopeMetrics) {
      say('scope', { name: scope.scope.name, version: scope.scope.version });
      for (const metric of scope.metrics) {
        const data = metric[metric.data];
        for (const point of data.dataPoints) {
          say('point', {
            metric: metric.name, unit: metric.unit, has_description: metric.description !== '',
            kind: metric.data, temporality: data.aggregationTemporality ?? 0,
            monotonic: data.isMonotonic ?? false, attributes: attributesOf(point.attributes),
            start: point.startTimeUnixNano.toString(), time: point.timeUnixNano.toString(),
            value: numberOf(point),
          });
        }
      }
    }
  }
  say('metrics', {});
}

module.exports = {
  Response, decode, decodeJson, method: traces.method, metrics, say, tell, tellMetrics,
};
