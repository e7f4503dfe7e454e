// The product's own list of errors, read from where it stands: what a refusal must be called and what it must advise.
import { readFileSync } from 'node:fs';

const list = new URL('../../../core/base/error_codes.def', import.meta.url);
const row = /^DOORSTEP_ERROR\((\d+), (\w+), "(.*)", "(.*)"\)$/gm;

/** name -> { number, name, zh, en } */
export const errors = {};
for (const [, number, name, zh, en] of readFileSync(list, 'utf8').matchAll(row))
  errors[name] = { number: Number(number), name, zh, en };
