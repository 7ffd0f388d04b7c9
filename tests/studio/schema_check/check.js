// SPDX-License-Identifier: Apache-2.0
//
// check.js MODULES ANSWERS: whether answers are what the OpenAPI document says. ANSWERS has the
// document in its first line, and then a line an answer: {path, status, body}. An answer that lacks
// one of its keys, or has another, has to be told, too: else the document says too little. Prints
// how many answers there were, or what is wrong with which.
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

function schemaOf(path, status) {
  const responses = document.paths[path]?.get?.responses ?? {};
  if (responses[status]?.content?.['application/json'] === undefined) return undefined;
  const escaped = path.replaceAll('~', '~0').replaceAll('/', '~1');
  const place = ['paths', escaped, 'get', 'responses', status, 'content', 'application~1json'];
  return ajv.getSchema(`document#/${place.map(encodeURIComponent).join('/')}/schema`);
}

function mutantsOf(body) {
  const without = Object.keys(body).map((key) => [`without ${key}`, { ...body, [key]: undefined }]);
  return [...without, ['with one more key', { ...body, other: 1 }]];
}

for (const line of lines) {
  const { path, status, body } = JSON.parse(line);
  const validate = schemaOf(path, status);
  if (validate === undefined) {
    complaints.push(`${path}: the document says nothing of ${status}`);
    continue;
  }
  if (!validate(body)) {
    complaints.push(`${path} ${status}: ${ajv.errorsText(validate.errors)}: ${line.slice(0, 500)}`);
  }
  if (path === '/api/schema') continue;
  for (const [what, mutant] of mutantsOf(body)) {
    if (validate(JSON.parse(JSON.stringify(mutant)))) {
      complaints.push(`${path} ${status}: one ${what} was taken for right`);
    }
  }
}
console.log(complaints.length === 0 ? `${lines.length} answers` : complaints.join('\n'));
process.exit(complaints.length === 0 ? 0 : 1);
