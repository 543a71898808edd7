// The boxes of all DOT drawings: a caption for the kind, the name in bold, and lines of detail, as one of Graphviz's
// HTML-like labels. Everything written here is escaped here; backslashes too, as Graphviz puts names in place of
// `\N` and its like even there.

import { escapeXml } from './escape.ts';
import { colour, type ColourRole } from './palette.ts';

export interface BoxText {
  readonly title: string;
  /** The kind, in small letters above the title. */
  readonly caption?: string;
  /** Colour of the caption. */
  readonly accent?: ColourRole;
  readonly lines?: readonly string[];
  /** The least width, in points. */
  readonly width?: number;
}

/** The opening lines of every drawing. */
export function dotHead(direction: 'TB' | 'LR'): readonly string[] {
  return [
    'digraph {',
    `graph [rankdir=${direction} compound=true bgcolor=transparent pad=0.2 nodesep=0.3 ranksep=0.5 fontname=Helvetica fontsize=13 fontcolor="${colour('ink')}" labeljust=l]`,
    `node [shape=box style="rounded,filled" fontname=Helvetica fontsize=13 margin="0.12,0.07" height=0.4 width=0.7 penwidth=1.3 fontcolor="${colour('ink')}"]`,
    `edge [fontname=Helvetica fontsize=11 arrowsize=0.7 penwidth=1.3 color="${colour('line')}" fontcolor="${colour('label')}"]`,
  ];
}

/** A label with its delimiters, for `label=`. */
export function boxLabel({ title, caption, accent = 'muted', lines = [], width = 1 }: BoxText): string {
  const rows = [
    ...(caption === undefined ? [] : [cell(font(caption, accent, 9.5))]),
    cell(`<b>${dotHtml(title)}</b>`),
    ...lines.map((line) => cell(font(line, 'muted', 11))),
  ];
  return `<<table border="0" cellborder="0" cellspacing="0" cellpadding="1" width="${width}">${rows.join('')}</table>>`;
}

function cell(content: string): string {
  return `<tr><td align="left">${content}</td></tr>`;
}

function font(text: string, role: ColourRole, size: number): string {
  return `<font color="${colour(role)}" point-size="${size}">${dotHtml(text)}</font>`;
}

function dotHtml(text: string): string {
  return escapeXml(text).replaceAll('\\', '\\\\');
}

/** `[a=b c=d]`, leaving out what is undefined. Values arrive quoted. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  return `[${pairs.map(([name, value]) => `${name}=${String(value)}`).join(' ')}]`;
}
