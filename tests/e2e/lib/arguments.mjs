// The command line of our own scripts: --name value, and --name alone for switches.

/** options: { 'bin-dir': 'text' | 'switch' | ['one', 'of', 'these'] }. Throws on what it does not know. */
export function parseArguments(argv, options) {
  const values = {}, known = Object.keys(options).map((option) => `--${option}`).join(' ');
  for (let i = 0; i < argv.length; ++i) {
    const [name, inline] = splitOnce(argv[i]);
    const kind = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!kind) throw new Error(`unknown argument: ${argv[i]}; known: ${known}`);
    if (kind === 'switch') {
      values[name] = true;
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined) throw new Error(`--${name} needs a value`);
    if (Array.isArray(kind) && !kind.includes(value)) throw new Error(`--${name} takes one of: ${kind.join(', ')}`);
    values[name] = value;
  }
  return values;
}

function splitOnce(argument) {
  if (!argument.startsWith('--')) return [argument];
  const at = argument.indexOf('=');
  return at < 0 ? [argument.slice(2)] : [argument.slice(2, at), argument.slice(at + 1)];
}
