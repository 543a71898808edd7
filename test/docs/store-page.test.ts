// The reference of the store is held to the command: every command has its row, with whether a runtime may have the
// store open, and its document; nothing else is named.

import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addStoreCommands, storeCommands } from '../../src/cli/store-commands.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { codeWords, page, rows, sections } from './markdown.ts';

const parts = new Map(sections(page('docs/reference/store.md'), 2).map(({ title, text }) => [title, text]));

function commands(): readonly Command[] {
  const parent = new Command('store');
  addStoreCommands(parent, {
    terminal: {} as Terminal,
    dressed: (command) => command,
    end: () => {},
    examples: () => '',
  });
  return parent.commands;
}

test('every command is listed with its arguments and options, and no other', () => {
  const said = rows(parts.get('Commands') ?? '').map(([usage = '', does = '', when = '']) => ({ usage, does, when }));
  const real = commands().map((command) => {
    const words = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
    return {
      usage: `\`troupe store ${[command.name(), ...words].join(' ')}\``,
      options: command.options.map((option) => option.long ?? '').filter((long) => long !== '--json'),
      isSafe: command.description().includes('Safe while a runtime'),
    };
  });
  expect(said.map(({ usage }) => usage).toSorted()).toEqual(real.map(({ usage }) => usage).toSorted());
  for (const { usage, options, isSafe } of real) {
    const row = said.find((each) => each.usage === usage);
    expect(
      codeWords(row?.does ?? '')
        .flatMap((word) => /^--[\w-]+/.exec(word) ?? [])
        .toSorted(),
      usage,
    ).toEqual(options.toSorted());
    expect(row?.when, usage).toBe(isSafe ? 'safe' : 'refused: `STORE_LOCKED`');
  }
  expect(
    commands()
      .map((command) => command.name())
      .toSorted(),
  ).toEqual(storeCommands.toSorted());
});

test('every command has a document', () => {
  const named = rows(parts.get('JSON') ?? '').map(([name = '']) => codeWords(name)[0] ?? '');
  expect(named.toSorted()).toEqual(storeCommands.toSorted());
});
