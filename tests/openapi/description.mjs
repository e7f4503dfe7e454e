// The API's description as something to hold answers against: which operation a request is of, and what it may be answered.
import { readFileSync } from 'node:fs';

import Ajv2020 from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const methods = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'];

export class Description {
  constructor(file) {
    this.document = parse(readFileSync(file, 'utf8'));
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    this.ajv.addSchema(this.document, 'api');
    this.operations = Object.entries(this.document.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => new Operation(this, path, method, item[method])));
  }

  operation(id) {
    const found = this.operations.find((each) => each.id === id);
    if (!found) throw new Error(`the description has no operation ${id}`);
    return found;
  }

  /** What a {$ref} names, or the thing itself. */
  resolve(thing) {
    return thing?.$ref ? thing.$ref.slice(2).split('/').reduce((at, key) => at[key], this.document) : thing;
  }

  /** What is wrong with a value, in words; '' when it is of the schema. */
  wrong(schema, value) {
    const check = this.ajv.compile(withWholeRefs(schema));
    return check(value) ? '' : this.ajv.errorsText(check.errors);
  }
}

/** References are written from the document's root; the validator knows that as `api`. */
function withWholeRefs(schema) {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#/') ? `api${value}` : value);
}

class Operation {
  constructor(description, path, method, item) {
    Object.assign(this, { description, path, method: method.toUpperCase(), item, id: item.operationId });
  }

  /** The path with its places filled. */
  at(values = {}) {
    return this.path.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  get bodySchema() {
    return this.item.requestBody?.content['application/json']?.schema;
  }

  /** What is wrong with an answer: its status, its media type, its headers, its body. */
  wrong({ status, headers, body }) {
    const { responses } = this.item;
    const response = this.description.resolve(responses[status] ?? responses[`${String(status)[0]}XX`]);
    if (!response) return `status ${status} is not described`;
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const { required, schema } = this.description.resolve(header);
      const value = headers[name.toLowerCase()];
      if (value === undefined && required) return `the header ${name} is missing`;
      if (value !== undefined) {
        const wrong = this.description.wrong(schema, String(value));
        if (wrong) return `the header ${name}: ${wrong}`;
      }
    }
    if (!response.content || this.method === 'HEAD') return body.length === 0 ? '' : `status ${status} has no body, ${body.length} bytes came`;
    const type = String(headers['content-type']).split(';')[0];
    const content = response.content[type] ?? response.content['*/*'];
    if (!content) return `a body of ${type} is not described for ${status}`;
    const text = body.toString('utf8');
    return this.description.wrong(content.schema, /[/+]json$/.test(type) ? JSON.parse(text) : text);
  }
}
