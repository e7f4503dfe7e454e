// Just enough of a browser: the text of a page, and its forms with their controls. For pages that our server renders.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function unescapeHtml(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return entities[name.toLowerCase()] ?? whole;
    return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal));
  });
}

/** What a reader sees: tags, scripts and styles gone. */
export function textOf(html) {
  return unescapeHtml(html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '));
}

function attributesOf(tag) {
  const attributes = {};
  for (const [, name, quoted, single, bare] of tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g))
    attributes[name.toLowerCase()] = unescapeHtml(quoted ?? single ?? bare ?? '');
  return attributes;
}

/** [{ action, fields: [[name, value]], words }] in the order of the page; `words`: the text since the form before. */
export function formsOf(html) {
  let end = 0;
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map((form) => {
    const words = textOf(html.slice(end, form.index));
    end = form.index + form[0].length;
    return { action: attributesOf(form[1]).action ?? '', fields: fieldsOf(form[2]), words };
  });
}

/** What a browser would send of a form that nobody filled in. */
function fieldsOf(html) {
  const controls = [...html.matchAll(/<(?:input|button)\b([^>]*)>/gi)].map(([, tag]) => attributesOf(tag));
  return controls.filter(({ name }) => name).map(({ name, value }) => [name, value ?? '']);
}

/** Addresses that a page links to. */
export function linksOf(html) {
  return [...html.matchAll(/<a\b([^>]*)>/gi)].map(([, tag]) => attributesOf(tag).href).filter(Boolean);
}
