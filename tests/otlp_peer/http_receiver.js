// SPDX-License-Identifier: Apache-2.0
//
// A receiver of OTLP over HTTP. Prints its port, then what each request says; a line that begins
// with "fault" is what it did not understand.
'use strict';
const http = require('http');
const zlib = require('zlib');
const {
  Response, decode, decodeJson, metrics, say, tell, tellMetrics,
} = require('./otlp_messages.js');

function take(request, body) {
  const plain = request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body;
  const isJson = request.headers['content-type'] === 'application/json';
  if (!isJson && request.headers['content-type'] !== 'application/x-protobuf') {
    throw new Error(`a body of ${request.headers['content-type']}`);
  }
  say('request', {
    method: request.method, path: request.url, type: request.headers['content-type'],
    encoding: request.headers['content-encoding'] ?? '', key: request.headers['x-key'] ?? '',
  });
  if (request.url === '/v1/metrics') {
    tellMetrics(isJson ? decodeJson(plain.toString('utf8'), metrics) : decode(plain, metrics));
    return isJson ? '{}' : metrics.Response.encode(metrics.Response.create()).finish();
  }
  tell(isJson ? decodeJson(plain.toString('utf8')) : decode(plain));
  return isJson ? '{}' : Response.encode(Response.create()).finish();
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    try {
      const answer = take(request, Buffer.concat(pieces));
      response.writeHead(200, { 'Content-Type': request.headers['content-type'] });
      response.end(answer);
    } catch (fault) {
      say('fault', fault.message);
      response.writeHead(400);
      response.end();
    }
  });
});
server.listen(0, '127.0.0.1', () => say('port', server.address().port));
