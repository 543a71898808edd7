// Makes any text harmless in the languages that drawings are written in. Labels come from users' topologies and
// machines, so each of them passes `tidy` and then the escape of its language; nothing else writes labels.

const longestLabel_chars = 64;

/**
 * Text on one line: control characters, line breaks, text-direction overrides and broken Unicode are gone, and what
 * is longer than `longest` characters (default 64) ends in an ellipsis.
 */
export function tidy(text: string, longest: number = longestLabel_chars): string {
  const line = text
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/(?![\u200C\u200D])[\p{Cf}\uFFFE\uFFFF]/gu, '')
    .trim();
  if (line === '') return '(empty)';
  if (line.length <= longest) return line;
  const characters = Array.from(line);
  return characters.length <= longest
    ? line
    : `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`;
}

/** Text for XML and HTML, in content and in quoted attributes. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * A quoted string of DOT. Graphviz reads backslash escapes and HTML entities in it, so both are escaped; several
 * lines are set flush left.
 */
export function dotString(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line
      .replaceAll('&', '&amp;')
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replace(/[\r\n]+/g, ' '),
  );
  return escaped.length === 1 ? `"${escaped[0] ?? ''}"` : `"${escaped.map((line) => `${line}\\l`).join('')}"`;
}

/**
 * A quoted tooltip of DOT. Graphviz resolves the backslash escapes of some tooltips once and of others twice, so a
 * backslash is replaced by U+29F5, which looks like it and means nothing.
 */
export function dotTooltip(text: string): string {
  return dotString(text.replaceAll('\\', '\u29F5'));
}

/**
 * Text for a label of mermaid, in quotes or behind a colon. Everything that mermaid, its Markdown or HTML could read
 * as syntax becomes a numeric entity in mermaid's own spelling, `#35;`.
 */
export function escapeMermaid(text: string): string {
  const code = (character: string): string => `#${character.codePointAt(0) ?? 0xfffd};`;
  return text
    .replace(/[^\p{L}\p{N}\p{M} ,/=!?()[\]._·×-]/gu, (character) => (isPlain(character) ? character : code(character)))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '#95;')
    .replace(/^(\d+)\./, '$1#46;')
    .replace(/^-/, '#45;')
    .replaceAll('--', '#45;#45;')
    .replaceAll('](', ']#40;');
}

/** Symbols outside Latin 1, such as emoji and arrows, mean nothing to mermaid. */
function isPlain(character: string): boolean {
  return (character.codePointAt(0) ?? 0) > 0xff;
}

const reserved =
  /^(?:as|choice|class|classdef|click|constructor|default|direction|end|flowchart|fork|graph|hide|href|join|linkstyle|note|o|prototype|root|scale|state|statediagram|style|subgraph|x|interpolate|call|tb|td|lr|rl|bt|accdescr|acctitle|title)$/i;

/** Gives out identifiers that are safe and unique in one diagram, and readable where the name allows it. */
export function identifiers(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const safe = name
      .replace(/[^A-Za-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 48);
    const base = safe === '' ? 'unnamed' : /^\d/.test(safe) || reserved.test(safe) ? `s_${safe}` : safe;
    let id = base;
    for (let copy = 2; taken.has(id.toLowerCase()); copy++) id = `${base}_${copy}`;
    taken.add(id.toLowerCase());
    return id;
  };
}
