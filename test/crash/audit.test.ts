// The audit, killed in the middle and started again with the same command: it goes on where it was, measures no file a
// second time, and writes the report it would have written.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type Running, start, temporaryFolder } from './kill-kit.ts';

const commandLine = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const topology = fileURLToPath(new URL('../../docs/examples/audit/topology.ts', import.meta.url));
const folder = temporaryFolder();
afterAll(() => {
  folder.remove();
});

const files = 120;

function writeSources(): string {
  const dir = join(folder.path, 'sources');
  mkdirSync(dir);
  for (let index = 0; index < files; index += 1) {
    const body = Array.from({ length: 40 }, (_, line) => `  if (value > ${line * index}) value -= ${line};`).join('\n');
    writeFileSync(
      join(dir, `file-${index}.ts`),
      `export function f${index}(value: number) {\n${body}\n  return value;\n}\n`,
    );
  }
  return dir;
}

/** Audits the sources; every start of a process says what it does in its log. */
function audit(dir: string, out: string, store: string): Running {
  const input = JSON.stringify({ dir, out, generatedAt: '2026-01-02T03:04:05Z' });
  const words = ['run', topology, 'audit', '--input', input, '--store', store, '--json', '--log', 'debug'];
  return start(process.execPath, [commandLine, ...words]);
}

/** The tasks of which a log says something, by their ids. */
function tasks(log: string, said: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly msg: string; readonly task?: string; readonly taskType?: string })
    .filter(({ msg, taskType }) => msg === said && taskType === 'measure')
    .map(({ task = '' }) => task);
}

test(
  'P23 F5 the audit goes on after a SIGKILL, repeats no finished file and ends with the same report',
  { timeout: 120_000 },
  async () => {
    const dir = writeSources();
    const out = join(folder.path, 'out');
    const store = join(folder.path, 'store');
    const first = audit(dir, out, store);
    let log = '';
    first.child.stderr?.on('data', (part: string) => {
      log += part;
      if (tasks(log.slice(0, log.lastIndexOf('\n')), 'task done').length > files / 4) first.child.kill('SIGKILL');
    });
    const killed = await first.ended;
    expect(killed.signal).toBe('SIGKILL');
    const finished = tasks(killed.errors.slice(0, killed.errors.lastIndexOf('\n')), 'task done');

    const second = await audit(dir, out, store).ended;
    expect(second.code, second.errors).toBe(0);
    expect(second.errors).toContain('going on with run-');
    const started = tasks(second.errors, 'task started');
    expect(started.filter((task) => finished.includes(task))).toEqual([]);
    expect(started.length).toBeLessThanOrEqual(files - finished.length);
    expect(started.length).toBeGreaterThan(0);

    const whole = await audit(dir, join(folder.path, 'whole'), join(folder.path, 'other-store')).ended;
    expect(whole.code, whole.errors).toBe(0);
    const reportIn = (at: string): unknown => JSON.parse(readFileSync(join(folder.path, at, 'report.json'), 'utf8'));
    expect(reportIn('out')).toEqual(reportIn('whole'));

    const again = await audit(dir, out, store).ended;
    expect(again.errors).not.toContain('going on with run-');
    expect(tasks(again.errors, 'task started')).toHaveLength(files);
  },
);
