// SPDX-License-Identifier: Apache-2.0
//
// node agent.js SOCKET: takes traces as a Datadog agent does, over TCP and over the Unix socket,
// decodes them with @msgpack/msgpack, and writes each request as a line of JSON on standard output.
// The first line says the port. Numbers are written as strings, which have all their digits. Ends
// with its standard input.
import { createServer } from 'node:http';
import { decode } from '@msgpack/msgpack';

const isNumber = (value) => typeof value === 'bigint' || typeof value === 'number';
const say = (object) =>
  process.stdout.write(
    JSON.stringify(object, (_, value) => (isNumber(value) ? `${value}` : value)) + '\n');

const serve = (over) =>
  createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      const { method, url, headers } = request;
      try {
        say({ over, method, url, headers, traces: decode(body, { useBigInt64: true }) });
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end('{"rate_by_service":{"service:,env:":1}}\n');
      } catch (error) {
        say({ over, method, url, headers, fault: `${error}` });
        response.writeHead(400);
        response.end(`${error}`);
      }
    });
  });

const tcp = serve('tcp');
serve('unix').listen(process.argv[2], () =>
  tcp.listen(0, '127.0.0.1', () => say({ port: tcp.address().port })));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
