// What a drawing says about a state or a transition, in words and in UML's order: event, guard in brackets, actions
// behind a slash. Shared by both languages, so that they tell the same story. Text leaves here unescaped.

import { tidy } from './escape.ts';
import type { ChartIndex } from './statechart-index.ts';
import type { ChartState, ChartTransition, Statechart } from './statechart.ts';

const line_chars = 44;
const longestLine_chars = 88;
const stateLines_count = 14;

/** One transition on one line: `event [guard] / action, action`. */
export function transitionText(transition: ChartTransition, told?: 'in the box'): string {
  const parts = [tidy(transition.event)];
  if (transition.guard !== undefined) parts.push(`[${tidy(transition.guard)}]`);
  if (transition.targets.includes(transition.source)) {
    if (transition.reenter) parts.push('(re-enter)');
    else if (told) parts.push('(back to start)');
  }
  const actions = transition.actions.map((action) => tidy(action)).join(', ');
  if (actions !== '') parts.push(`/ ${tidy(actions, longestLine_chars)}`);
  if (actions === '' && transition.targets.length === 0) parts.push('/ ignored');
  return parts.join(' ');
}

/** The same, broken before the guard and the actions where one line would be wide. */
export function transitionLines(transition: ChartTransition): readonly string[] {
  return wrap(transitionText(transition));
}

/** What stands under a state's name: entry, exit, what it runs, tags, and transitions that go nowhere. */
export function stateLines(state: ChartState, inner: readonly ChartTransition[]): readonly string[] {
  const lines = [
    ...(state.description === undefined ? [] : [tidy(state.description, longestLine_chars)]),
    ...named('entry', state.entry),
    ...named('exit', state.exit),
    ...named('start', state.initial?.actions ?? []),
    ...state.invokes.map(({ name, source }) => {
      const what = source === undefined || source === name ? tidy(name) : `${tidy(source)} as ${tidy(name)}`;
      return `runs ${what}`;
    }),
    ...(state.tags.length === 0 ? [] : [`tags: ${tidy(state.tags.join(', '), longestLine_chars)}`]),
    ...inner.map((transition) => transitionText(transition, 'in the box')),
  ];
  const shown = lines.length > stateLines_count ? lines.slice(0, stateLines_count - 1) : lines;
  const rest = lines.length - shown.length;
  return [...shown.flatMap(wrap), ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

/**
 * The transitions that are told in a state's box instead of by an arrow, by the id of that state: those that go
 * nowhere, and those of a box to itself.
 */
export function innerTransitions(
  chart: Statechart,
  index: ChartIndex,
): ReadonlyMap<string, readonly ChartTransition[]> {
  const inner = new Map<string, ChartTransition[]>();
  for (const transition of chart.transitions) {
    if (!isInner(transition, index)) continue;
    const known = inner.get(transition.source);
    if (known === undefined) inner.set(transition.source, [transition]);
    else known.push(transition);
  }
  return inner;
}

/** Whether a transition is told in its state's box. */
export function isInner({ source, targets }: ChartTransition, index: ChartIndex): boolean {
  return targets.every((target) => target === source) && (targets.length === 0 || index.isBox(source));
}

/** How many states and transitions a chart has, as a sentence for those who cannot see it. */
export function chartSummary(chart: Statechart): string {
  const count = (state: ChartState): number =>
    state.states.reduce((sum, child) => sum + count(child), state.states.length);
  const names = chart.root.states.slice(0, 12).map(({ key }) => tidy(key, 24));
  const more = chart.root.states.length > names.length ? ' and more' : '';
  const top = names.length === 0 ? '' : `; at the top level ${names.join(', ')}${more}`;
  return `State machine ${tidy(chart.id)} with ${plural(count(chart.root), 'state')} and ${plural(chart.transitions.length, 'transition')}${top}.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function named(place: string, actions: readonly string[]): readonly string[] {
  if (actions.length === 0) return [];
  return [`${place} / ${tidy(actions.map((action) => tidy(action)).join(', '), longestLine_chars)}`];
}

/** Breaks at spaces, before a guard or actions for preference. */
function wrap(text: string): readonly string[] {
  if (text.length <= line_chars) return [text];
  const window = text.slice(0, line_chars);
  const breaks = [
    window.lastIndexOf(' / '),
    window.lastIndexOf(' ['),
    window.lastIndexOf(', ') + 1,
    window.lastIndexOf(' '),
  ];
  const at = breaks.find((place) => place > line_chars / 4) ?? text.indexOf(' ', line_chars);
  if (at < 0) return [text];
  return [text.slice(0, at), ...wrap(text.slice(at + 1))];
}
