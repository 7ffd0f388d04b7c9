// SPDX-License-Identifier: Apache-2.0
//
// A receiver of OTLP over gRPC, by @grpc/grpc-js:
//
//   grpc_receiver.js [--tls CERTIFICATE KEY [CLIENT_CA]] [--cut REQUESTS] ANSWER...
//
// Prints its port, then what each request says before it answers; the first request gets the first
// answer and so on, the last answer holds for all that follow. Without any all is well.
//
//   ok       hang       garbage       large       together:COUNT   once so many wait for it
//   partial:COUNT:MESSAGE      code:CODE:MESSAGE
//   retry:CODE:MS              with RetryInfo; of retry:CODE: it has no time in it
//   pushback:CODE:TEXT         with grpc-retry-pushback-ms
//
// --cut: the connection of each of the first so many requests is reset before their answer. All
// connections go through a relay, so that they can be.
'use strict';
const net = require('net');
const zlib = require('zlib');
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const protobuf = require('protobufjs');
const {
  Response, decode, method, metrics, say, tell, tellMetrics,
} = require('./otlp_messages.js');

const rpc = protobuf.parse(`
  syntax = "proto3"; package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
`).root;
const bytesOf = (name, fields) => {
  const type = rpc.lookupType(`google.rpc.${name}`);
  return Buffer.from(type.encode(type.fromObject(fields)).finish());
};

// What of a request was compressed, its handler is not told.
let hasUnzipped = false;
const transform = zlib.Gunzip.prototype._transform;
zlib.Gunzip.prototype._transform = function (...piece) {
  hasUnzipped = true;
  return transform.apply(this, piece);
};

function retryInfo(code, ms) {
  const delay = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1000000 };
  const info = bytesOf('RetryInfo', Number.isNaN(ms) ? {} : { retryDelay: delay });
  const others = bytesOf('Duration', { seconds: 86000 });  // of a type that nobody knows
  return bytesOf('Status', {
    code, message: 'busy', details: [
      { typeUrl: 'type.googleapis.com/google.rpc.DebugInfo', value: others },
      { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: info }],
  });
}

function failure(code, details, key, value) {
  const metadata = new grpc.Metadata();
  if (key !== undefined) metadata.set(key, value);
  return { code: Number(code), details, metadata };
}

const waiting = [];

// Calls back with what the text says, if it does at all.
function answer(text, callback) {
  const [kind, first, ...rest] = text.split(':');
  const more = rest.join(':');
  const ok = (fields) => {
    callback(null, Buffer.from(Response.encode(Response.create(fields)).finish()));
  };
  switch (kind) {
    case 'ok': return ok({});
    case 'hang': return undefined;
    case 'together':
      waiting.push(() => ok({}));
      return waiting.length < Number(first) ? undefined : waiting.splice(0).forEach((go) => go());
    case 'garbage': return callback(null, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    case 'large': return callback(null, Buffer.alloc(5 << 20, 1));
    case 'partial':
      return ok({ partialSuccess: { rejectedSpans: Number(first), errorMessage: more } });
    case 'code': return callback(failure(first, more));
    case 'retry': return callback(failure(
      first, 'busy', 'grpc-status-details-bin',
      retryInfo(Number(first), more === '' ? NaN : Number(more))));
    case 'pushback': return callback(failure(first, 'busy', 'grpc-retry-pushback-ms', more));
    default: throw new Error(`there is no answer ${text}`);
  }
}

const args = process.argv.slice(2);
let credentials = grpc.ServerCredentials.createInsecure();
let cuts = 0;
while (args.length > 0 && args[0].startsWith('--')) {
  if (args[0] === '--cut') {
    cuts = Number(args[1]);
    args.splice(0, 2);
    continue;
  }
  const [, certificate, key] = args.splice(0, 3);
  const named = args.length > 0 && args[0].endsWith('.pem');
  const authority = named ? fs.readFileSync(args.shift()) : null;
  credentials = grpc.ServerCredentials.createSsl(
    authority,
    [{ cert_chain: fs.readFileSync(certificate), private_key: fs.readFileSync(key) }],
    authority !== null);
}
const answers = args.length > 0 ? args : ['ok'];

const relayed = new Set();
let requests = 0;
let answered = performance.now();

function take(call, callback) {
  const mine = answers[Math.min(requests, answers.length - 1)];
  requests += 1;
  say('pause', Math.ceil(performance.now() - answered));  // in ms
  say('request', {
    path: call.getPath(), key: call.metadata.get('x-key').map(String),
    binary: call.metadata.get('x-key-bin').map((value) => value.toString('hex')),
    agent: String(call.metadata.get('user-agent')[0]).split(' ')[0], gzip: hasUnzipped,
    timed: Number.isFinite(Number(call.getDeadline())),
  });
  try {
    (call.getPath() === metrics.method ? tellMetrics : tell)(call.request);
  } catch (fault) {
    say('fault', fault.message);
  }
  if (requests <= cuts) {
    for (const socket of relayed) socket.resetAndDestroy();
    return;
  }
  answered = performance.now();
  answer(mine, callback);
}

const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 << 20 });
const exportOf = (path, signal) => ({
  path, requestStream: false, responseStream: false,
  requestDeserialize: (body) => {
    try {
      return decode(body, signal);
    } catch (fault) {
      say('fault', fault.message);
      throw fault;
    }
  },
  responseSerialize: (body) => body,
  requestSerialize: (body) => body, responseDeserialize: (body) => body,
});
server.addService({
  Export: exportOf(method), ExportMetrics: exportOf(metrics.method, metrics),
}, { Export: take, ExportMetrics: take });

server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  const relay = net.createServer((socket) => {
    const inside = net.connect(port, '127.0.0.1');
    relayed.add(socket);
    say('connection', relayed.size);
    for (const [from, to] of [[socket, inside], [inside, socket]]) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  relay.listen(0, '127.0.0.1', () => say('port', relay.address().port));
});
