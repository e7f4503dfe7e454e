// A table for a terminal, where a Chinese character is two columns wide.

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

/** Terminal columns of a text; enough for Chinese, digits and Latin letters. */
export function columnsOf(text) {
  let columns = 0;
  for (const character of text) columns += wide.test(character) ? 2 : 1;
  return columns;
}

const padded = (text, columns, right) => {
  const gap = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return right ? gap + text : text + gap;
};

/** rows: arrays of strings and numbers; numbers stand right. heads: one or more header rows. */
export function layOut(heads, rows) {
  const all = [...heads, ...rows].map((row) => row.map(String));
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => columnsOf(row[i]))));
  const isNumber = widths.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const line = (row) => '  ' + row.map((cell, i) => padded(cell, widths[i], isNumber[i])).join('  ').trimEnd();
  const rule = '  ' + widths.map((width) => '─'.repeat(width)).join('  ');
  return [...all.slice(0, heads.length).map(line), rule, ...all.slice(heads.length).map(line)].join('\n');
}
