// Bodies that a description forbids, made from what it says: a member missing, of another type, out of its pattern, or too many.
const samples = {
  author: '赵刚', label: '赵刚的手机', role: 'cadre', areas: ['341222101202'], ttl_s: 60, restricted: false, sealed: [],
  token: 'a1'.repeat(32), name: '员工', password: 'x'.repeat(12), purpose: 'handling', format: 'csv', lang: 'en', replica: 'b2'.repeat(16), code: 'x', records: ['0'.repeat(32)], to: '341222101202', field: 'summary', value: 'x',
  seen: [], dot: `${'0'.repeat(32)}:1`, area: '341222101202', rule: 'x', ordered_by: 'x',
  commitment: 'c3'.repeat(32), public_key: `04${'d4'.repeat(64)}`, phone_nonce: 'e5'.repeat(32), signature: 'aa', nonce: 'aa', digits: '000000',
};
const otherTypes = [null, 7, 'x\u0001', [], {}, true, [7], [null]];

/** [{ what, body }], each against the schema by itself: checked here, so that none is sent that is allowed. */
export function forbidden(description, operation) {
  const schema = description.resolve(operation.bodySchema), out = [];
  const add = (what, body) => {
    if (description.wrong(schema, body)) out.push({ what, body });
  };
  const keys = Object.keys(schema.properties).filter((key) => samples[key] !== undefined);
  const whole = Object.fromEntries(keys.map((key) => [key, samples[key]]));
  if (description.wrong(schema, whole)) throw new Error(`${operation.id}: ${description.wrong(schema, whole)}`);
  for (const body of [null, 7, 'x', [], true]) add(`${JSON.stringify(body)} instead of an object`, body);
  for (const key of schema.required ?? []) add(`no ${key}`, Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key)));
  for (const key of Object.keys(whole))
    for (const other of otherTypes) add(`${key} is ${JSON.stringify(other)}`, { ...whole, [key]: other });
  add('a key too many', { ...whole, score: 1 });
  return out;
}
