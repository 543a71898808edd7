// The reference pages of limits, effects and events are held to the code both ways.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import * as actions from '../../src/kernel/actions.ts';
import { effect, type Effect } from '../../src/kernel/effects.ts';
import { codeWords, page, rows, sections } from './markdown.ts';

/** `ask.timeout_ms` and `5,000 ms`: the name and the value of a limit, as the page writes them. */
function documentedLimits(): ReadonlyMap<string, string> {
  const entries = Object.entries(limits).flatMap(([group, values]) =>
    Object.entries(values).map(([name, value]: [string, number]): [string, string] => {
      const unit = name.slice(name.lastIndexOf('_') + 1);
      return [`${group}.${name}`, `${value.toLocaleString('en-US')} ${unit}`];
    }),
  );
  return new Map(entries);
}

describe('docs/reference/limits.md', () => {
  const said = rows(page('docs/reference/limits.md').text).filter((row) => row.length === 3);
  const table = new Map(said.map(([name = '', value = '']) => [codeWords(name)[0] ?? '', value]));

  test('names every limit with its value and unit, and no other', () => {
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(documentedLimits()));
  });

  test('says of every limit what happens when it is reached', () => {
    expect(said.filter(([, , what = '']) => what.length < 15)).toEqual([]);
  });
});

describe('docs/reference/effects.md', () => {
  const made = effect as unknown as Readonly<Record<string, (...args: unknown[]) => Effect>>;
  const effectRows = rows(sections(page('docs/reference/effects.md'), 2)[0]?.text ?? '');

  test('names every effect with its type, and no other', () => {
    const types = Object.entries(made).map(([name, make]): [string, string] => [name, make('x', {}, 0).type]);
    const said = effectRows.map(([name = '', type = '']) => [/^`effect\.(\w+)/.exec(name)?.[1], codeWords(type)[0]]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(types));
  });

  test('names every action creator beside its effect, and no other', () => {
    const said = effectRows.flatMap(([, , creator = '']) => codeWords(creator));
    expect(said.toSorted()).toEqual(Object.keys(actions).toSorted());
  });
});

describe('docs/reference/events.md', () => {
  const text = page('docs/reference/events.md').text;
  const byTitle = new Map(sections({ path: '', text }, 2).map((section) => [section.title, section.text]));

  /** The words of `type: 'a' | 'b'` in a source file, in the part between two marks. */
  function typesIn(path: string, from: string, to = ''): string[] {
    const source = page(path).text;
    const start = source.indexOf(from);
    const part = source.slice(start, to === '' ? undefined : source.indexOf(to, start));
    return [...part.matchAll(/readonly type: ((?:'[^']+'(?: \| )?)+)/g)].flatMap((match) =>
      [...(match[1] ?? '').matchAll(/'([^']+)'/g)].map((word) => word[1] ?? ''),
    );
  }

  function documented(title: string): string[] {
    return rows(byTitle.get(title) ?? '').map(([name = '']) => codeWords(name)[0] ?? '');
  }

  test.each([
    [
      'Runtime events',
      () => [
        ...typesIn('src/observe/events.ts', 'export type RuntimeEvent =', 'export type RuntimeEventOf'),
        ...typesIn('src/store/state/state.ts', 'export type StateEvent =', 'What shared state is made of'),
      ],
    ],
    ['Kernel events', () => typesIn('src/kernel/events.ts', 'export type KernelEvent')],
    ['Task events', () => typesIn('src/observe/task-events.ts', 'export type TaskEventBody')],
    ['Events of a run only', () => typesIn('src/work/run.ts', 'export type RunEvent', 'type Outcome')],
    ['Events that an actor receives', () => typesIn('src/kernel/effects.ts', 'export type RuntimeEvent')],
  ])('%s: every type is named, and no other', (title, types) => {
    expect(types().length).toBeGreaterThan(1);
    expect(documented(title).toSorted()).toEqual(types().toSorted());
  });

  test('every reason of a dead letter is named, and no other', () => {
    const source = page('src/kernel/events.ts').text;
    const reasons = [
      ...source
        .slice(source.indexOf('DeadLetterReason ='), source.indexOf(';', source.indexOf('DeadLetterReason =')))
        .matchAll(/'([^']+)'/g),
    ].map((match) => match[1] ?? '');
    expect(documented('Reasons of dead letters').toSorted()).toEqual(reasons.toSorted());
  });
});
