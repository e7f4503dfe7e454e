// Prints the day, Chinese first with English beneath, or one of them; and counts what was checked.
import { inspect, isDeepStrictEqual } from 'node:util';

export class Story {
  /** lang: 'zh-CN', 'en' or 'both'. */
  constructor(lang, out = process.stdout) {
    this.lang = lang;
    this.out = out;
    this.passed = 0;
    this.failed = 0;
  }

  print(text) {
    this.out.write(text + '\n');
  }

  /** The lines of a text in the languages that were asked for. */
  lines(zh, en) {
    return { 'zh-CN': [zh], en: [en], both: [zh, en] }[this.lang];
  }

  chapter(zh, en) {
    this.print('\n' + this.lines(zh, en).map((line) => `── ${line}`).join('\n'));
  }

  tell(zh, en) {
    this.lines(zh, en).forEach((line, i) => this.print((i === 0 ? '  ' : '    ') + line));
  }

  /** One check: ✓ or ✗ with the reason. */
  check(zh, en, holds, reason = '') {
    this[holds ? 'passed' : 'failed'] += 1;
    this.lines(zh, en).forEach((line, i) => this.print(i === 0 ? `  ${holds ? '✓' : '✗'} ${line}` : `      ${line}`));
    if (!holds && reason) this.print(`      ${String(reason).split('\n').join('\n      ')}`);
    return holds;
  }

  checkEqual(zh, en, actual, expected) {
    const show = (value) => inspect(value, { depth: 6, breakLength: 100 });
    return this.check(zh, en, isDeepStrictEqual(actual, expected), `got ${show(actual)}\nnot ${show(expected)}`);
  }

  /** missing: what should not be there; an empty list passes. */
  checkNone(zh, en, missing) {
    return this.check(zh, en, missing.length === 0, missing.slice(0, 10).map((item) => `· ${item}`).join('\n'));
  }
}
