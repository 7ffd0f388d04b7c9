// SPDX-License-Identifier: Apache-2.0
//
// check.js MODULES ANSWERS: whether answers are what the OpenAPI document says. ANSWERS has the
// document in its first line, and then a line an answer, {method, path, status, body}, or one for a
// value of one of its schemas, {schema, body}. One that lacks a key, or has another, has to be told,
// too, unless its schema is open: else the document says too little. Prints how many there were, or
// what is wrong with which.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, answers] = process.argv.slice(2);
const require = createRequire(modules + '/');
const { Validator } = await import(
  pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')).href
);
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;

const [first, ...lines] = readFileSync(answers, 'utf8').trimEnd().split('\n');
const document = JSON.parse(first);
const complaints = [];

const validated = await new Validator().validate(structuredClone(document));
if (!validated.valid) complaints.push(`the document: ${JSON.stringify(validated.errors)}`);

const ajv = new Ajv({ strict: false, allErrors: false });
addFormats(ajv);
ajv.addSchema(document, 'document');

const open = new Set(['/api/schema', 'Line', '/v1/traces', '/v1/logs']);

function schemaOf({ method, path, status, schema }) {
  if (schema !== undefined) return ajv.getSchema(`document#/components/schemas/${schema}`);
  const responses = document.paths[path]?.[method]?.responses ?? {};
  const told = String(responses[status] === undefined ? 'default' : status);
  let place = ['paths', path, method, 'responses', told];
  if (responses[told]?.$ref !== undefined) place = responses[told].$ref.split('/').slice(1);
  place.push('content', 'application/json', 'schema');
  if (place.reduce((value, key) => value?.[key], document) === undefined) return undefined;
  const escaped = place.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'));
  return ajv.getSchema(`document#/${escaped.map(encodeURIComponent).join('/')}`);
}

function mutantsOf(body) {
  const without = Object.keys(body).map((key) => [`without ${key}`, { ...body, [key]: undefined }]);
  return [...without, ['with one more key', { ...body, other: 1 }]];
}

for (const line of lines) {
  const answer = JSON.parse(line);
  const { path, status, schema, body } = answer;
  const what = schema ?? `${path} ${status}`;
  const validate = schemaOf(answer);
  if (validate === undefined) {
    complaints.push(`${what}: the document says nothing of it`);
    continue;
  }
  if (!validate(body)) {
    complaints.push(`${what}: ${ajv.errorsText(validate.errors)}: ${line.slice(0, 500)}`);
  }
  if (open.has(schema ?? path)) continue;
  for (const [change, mutant] of mutantsOf(body)) {
    if (validate(JSON.parse(JSON.stringify(mutant)))) {
      complaints.push(`${what}: one ${change} was taken for right`);
    }
  }
}
console.log(complaints.length === 0 ? `${lines.length} answers` : complaints.join('\n'));
process.exit(complaints.length === 0 ? 0 : 1);
