// Where in a value something is: `output.items[3].name`. Steps are gathered cheaply while walking, and made into
// words only for a refusal.

import { printable } from './printable.ts';

/** One step down: a property, an index, or a place in a Map or Set. */
export type Step =
  | string
  | number
  | { readonly part: 'keys' | 'values'; readonly index: number; readonly key?: unknown };

const longestKey_chars = 60;
const shown_steps = 12;

/** The path from a subject down the steps; the middle of a long one is left out. */
export function pathOf(subject: string, steps: readonly Step[]): string {
  if (steps.length <= shown_steps) return subject + steps.map(stepText).join('');
  const half = shown_steps / 2;
  const left = steps.length - shown_steps;
  const start = steps.slice(0, half).map(stepText).join('');
  const end = steps.slice(-half).map(stepText).join('');
  return `${subject}${start}…(${left} levels)…${end}`;
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') return propertyText(step);
  if (typeof step.key === 'string' || typeof step.key === 'number') return `.get(${quoted(step.key)})`;
  return `.${step.part}()[${step.index}]`;
}

function propertyText(key: string): string {
  return key.length <= longestKey_chars && /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${quoted(key)}]`;
}

function quoted(key: string | number): string {
  return typeof key === 'number'
    ? String(key)
    : printable(JSON.stringify(key.slice(0, longestKey_chars)), longestKey_chars);
}
