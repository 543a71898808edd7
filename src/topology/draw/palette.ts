// The colours of every drawing, by role, for light and dark. DOT and mermaid are written in the light ones; inside an
// SVG a style sheet finds each by its value and swaps it for a CSS variable, so a drawing follows the reader's scheme
// and still looks right in a viewer that knows no CSS. Therefore no two roles share a light colour.

/** One role: its colour on light ground, then on dark. */
export const palette = {
  ink: ['#1c2333', '#e8ebf4'],
  muted: ['#586176', '#a3adc4'],
  line: ['#76809a', '#8a95b0'],
  label: ['#343d52', '#cdd4e4'],
  topologyFill: ['#f1f3f8', '#1e2431'],
  topologyLine: ['#98a2b8', '#5c6784'],
  orchestratorFill: ['#eeeafe', '#2b2550'],
  orchestratorLine: ['#7460d8', '#a596f5'],
  directorFill: ['#e2f0fb', '#14324a'],
  directorLine: ['#2f7fb5', '#67b7e8'],
  agentFill: ['#e3f5ec', '#133a2c'],
  agentLine: ['#2b8a62', '#5cc89b'],
  delegate: ['#b9541c', '#f2a069'],
  unknownFill: ['#fdeceb', '#43201f'],
  stateFill: ['#ffffff', '#283044'],
  stateLine: ['#7f8ba4', '#73809c'],
  compoundFill: ['#f4f6fb', '#1c2231'],
  compoundLine: ['#b3bccf', '#46526b'],
  nestedFill: ['#e9edf6', '#131824'],
  parallelLine: ['#8d7bdf', '#8f7fe0'],
  finalFill: ['#e4e8f0', '#2c3447'],
  finalLine: ['#4a556d', '#b4bfd6'],
  after: ['#8a5d00', '#e3b455'],
  done: ['#1f7a50', '#63cf9c'],
  error: ['#b83227', '#ff9488'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

/** What a colour is for. */
export type ColourRole = keyof typeof palette;

/** The light colour of a role, for DOT and mermaid. */
export function colour(role: ColourRole): string {
  return palette[role][0];
}

/** Fonts whose widths Graphviz knows: it lays out by the metrics of Helvetica, and these share them. */
export const fontStack = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', Arimo, sans-serif";

/** Declarations of the CSS variables of one scheme. */
export function schemeVariables(scheme: 'light' | 'dark'): string {
  const at = scheme === 'light' ? 0 : 1;
  return Object.entries(palette)
    .map(([role, pair]) => `--td-${role}:${pair[at]}`)
    .join(';');
}

/** The style sheet that stands inside every SVG; equal in all, so that many may share a page. */
export function drawingStyle(): string {
  const swaps = Object.entries(palette).flatMap(([role, [light]]) => [
    `.troupe-drawing [fill="${light}"]{fill:var(--td-${role})}`,
    `.troupe-drawing [stroke="${light}"]{stroke:var(--td-${role})}`,
  ]);
  return [
    `.troupe-drawing{color-scheme:light dark;${schemeVariables('light')}}`,
    `@media (prefers-color-scheme:dark){.troupe-drawing{${schemeVariables('dark')}}}`,
    ...swaps,
    `.troupe-drawing text{font-family:${fontStack}}`,
    '.troupe-drawing .edge path{stroke-linecap:round}',
    '.troupe-drawing .edge:hover path,.troupe-drawing .node:hover path{stroke-width:2.4}',
    '.troupe-drawing .edge:hover text{text-decoration:underline}',
  ].join('\n');
}
