// A process of its own with a store on disk, killed with SIGKILL in the middle and started again: what it had finished
// is not done again, and the outcome is that of an undisturbed one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-crash-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Six parcels are sent by two agents, each noted in a book outside; `HOLD` from which one on nothing is sent. */
const program = `
  import { createJiti } from 'jiti';
  import { appendFileSync } from 'node:fs';
  const jiti = createJiti(${JSON.stringify(`${root}/test/`)});
  const { agent, createRuntime, defineTopology, director, orchestrator } = await jiti.import(${JSON.stringify(`${root}/src/index.ts`)});
  process.chdir(process.env.FOLDER);
  const hold = Number(process.env.HOLD);
  const send = agent({ instances: 2, run: async ({ id, input }, ctx) => {
    if (input >= hold) await new Promise(() => {});
    const receipt = await ctx.step('send', () => { appendFileSync('book.txt', input + ' ' + id + '\\n'); return 'receipt ' + input; });
    console.log('sent', input, ctx.attempt);
    return receipt;
  } });
  const topology = defineTopology({ name: 'parcels', orchestrators: { main: orchestrator({
    plan: () => ({ list: { type: 'list' }, sent: { type: 'send', needs: ['list'], each: ({ list }) => list } }),
    result: ({ sent }) => sent,
    directors: { team: director({ agents: { send, list: agent({ run: () => { console.log('listed'); return [0, 1, 2, 3, 4, 5]; } }) } }) },
  }) } });
  const runtime = await createRuntime(topology, { store: './store' });
  await runtime.start();
  const run = await runtime.submit({ type: 'parcels', input: null }, { idempotencyKey: 'today' });
  console.log('run', run.id);
  process.once('SIGTERM', () => void runtime.stop({ drain: 0 }).then(() => console.log('stopped')));
  console.log('result', JSON.stringify(await run.result().catch(({ code }) => code)));
  await runtime.stop();
`;

/** Runs the program until it ends, or until it has said something; then it gets a signal. */
async function life(
  hold: number,
  until?: { readonly said: string; readonly signal: NodeJS.Signals },
): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root, // where packages are found
    env: { ...process.env, HOLD: String(hold), FOLDER: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (data) => (errors += String(data)));
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (until !== undefined && line.startsWith(until.said)) child.kill(until.signal);
  }
  await ended;
  expect(errors).toBe('');
  return lines;
}

async function book(): Promise<readonly string[]> {
  return (await readFile(join(folder, 'book.txt'), 'utf8')).trim().split('\n').toSorted();
}

const receipts = JSON.stringify([0, 1, 2, 3, 4, 5].map((index) => `receipt ${index}`));

test('P23 F5 U2 killed with SIGKILL, it goes on where it was: each parcel is sent once, under one task id', async () => {
  const first = await life(3, { said: 'sent 2', signal: 'SIGKILL' });
  expect(first.filter((line) => line.startsWith('sent')).toSorted()).toEqual(['sent 0 1', 'sent 1 1', 'sent 2 1']);
  const second = await life(5, { said: 'sent 4', signal: 'SIGKILL' });
  const third = await life(9);
  expect([...first, ...second, ...third].filter((line) => line === 'listed')).toHaveLength(1);
  const runs = new Set([...first, ...second, ...third].filter((line) => line.startsWith('run ')));
  expect(runs.size).toBe(1);
  const [run = ''] = runs;
  expect(third.at(-1)).toBe(`result ${receipts}`);
  expect(await book()).toEqual([0, 1, 2, 3, 4, 5].map((index) => `${index} ${run.slice(4)}.sent[${index}]`));
}, 60_000);

test('P31 a SIGTERM leaves the run to the next start, which ends it', async () => {
  const first = await life(3, { said: 'sent 2', signal: 'SIGTERM' });
  expect(first.slice(-2).toSorted()).toEqual(['result "SHUTTING_DOWN"', 'stopped']);
  expect((await life(9)).at(-1)).toBe(`result ${receipts}`);
  expect(await book()).toHaveLength(6);
}, 60_000);
