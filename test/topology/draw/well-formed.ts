// Checks that drawings are made of what they should be made of, without their renderers: SVG and HTML tag by tag, and
// mermaid line by line against the few forms of line that the drawings use.

/** Elements that HTML never closes. */
const empty = new Set(['meta', 'br', 'link', '!doctype']);

/** What is wrong with a piece of XML or HTML, as a list: tags that do not match, loose signs, doubled attributes. */
export function markupProblems(markup: string): readonly string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const rest = markup.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '');
  for (const [, text = '', tag = ''] of rest.matchAll(/([^<]*)(<[^>]*>|$)/g)) {
    if (/>|&(?!(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[\da-f]+);)/i.test(text))
      problems.push(`loose sign in text: ${text.trim()}`);
    if (tag === '') continue;
    const match = /^<(\/?)([!a-zA-Z][\w:]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>$/.exec(tag);
    if (match === null) {
      problems.push(`not a tag: ${tag}`);
      continue;
    }
    const [, closing, name = '', attributes = '', self] = match;
    const names = [...attributes.matchAll(/([\w:-]+)(?:="[^"]*")?/g)].map((found) => found[1]);
    if (new Set(names).size !== names.length) problems.push(`doubled attribute: ${tag}`);
    if (names.some((attribute) => attribute?.startsWith('on') === true)) problems.push(`handler: ${tag}`);
    if (closing === '/') {
      if (open.pop() !== name) problems.push(`closes what is not open: ${tag}`);
    } else if (self !== '/' && !empty.has(name.toLowerCase())) open.push(name);
  }
  return [...problems, ...open.map((name) => `never closed: ${name}`)];
}

/** The names of all elements of a piece of XML or HTML. */
export function elements(markup: string): ReadonlySet<string> {
  return new Set([...markup.matchAll(/<([a-zA-Z][\w:]*)/g)].map((match) => match[1] ?? ''));
}

/** The texts that an SVG shows. */
export function shownTexts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) =>
    (match[1] ?? '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
      .replaceAll('&amp;', '&')
      .replace(/\u00a0/g, ' ')
      .trim(),
  );
}

const id = '[A-Za-z_][A-Za-z0-9_]*';
/** What a label may consist of: no quote, colon, semicolon, sign of HTML or Markdown, but for entities and breaks. */
const label = String.raw`(?:<br/>|#\d+;|[^"#;:<>&|{}*\x60%\\\n])+`;
const chartLines = [
  `state "${label}" as ${id}(?: \\{)?`,
  `state ${id} <<fork>>`,
  `${id} : ${label}`,
  `(?:${id}|\\[\\*\\]) --> (?:${id}|\\[\\*\\])(?: : ${label})?`,
  '--',
  '\\}',
  `classDef ${id} [\\w#,:. -]+`,
  `class ${id}(?:,${id})* ${id}`,
];
const treeLines = [`${id}\\["${label}"\\]:::${id}`, `${id} (?:---|-\\.->) ${id}`, `classDef ${id} [\\w#,:. -]+`];

/** Lines of mermaid that are none of the forms above, ids used and not declared, and boxes not closed. */
export function mermaidProblems(source: string): readonly string[] {
  const [head = '', ...lines] = source.trimEnd().split('\n');
  const forms = head === 'stateDiagram-v2' ? chartLines : head === 'flowchart LR' ? treeLines : [];
  const form = new RegExp(`^ *(?:${forms.join('|')})$`, 'u');
  const problems = lines.filter((line) => !form.test(line)).map((line) => `unknown form: ${line}`);
  const declared = lines.flatMap((line) => declaration(line));
  if (new Set(declared).size !== declared.length) problems.push('an id is declared twice');
  const used = lines.flatMap((line) => [
    ...(new RegExp(`^ *(\\S+) (?:-->|---|-\\.->) (\\S+)`).exec(line)?.slice(1) ?? []),
  ]);
  for (const name of used) if (name !== '[*]' && !declared.includes(name)) problems.push(`not declared: ${name}`);
  const depth = lines.reduce((sum, line) => sum + (line.endsWith('{') ? 1 : line.trim() === '}' ? -1 : 0), 0);
  if (depth !== 0) problems.push(`${depth} boxes are not closed`);
  return problems;
}

function declaration(line: string): readonly string[] {
  const found = /^ *(?:state "[^"]*" as (\w+)|state (\w+) <<fork>>|(\w+)\[")/
    .exec(line)
    ?.slice(1)
    .find((name) => name !== undefined);
  return found === undefined ? [] : [found];
}
