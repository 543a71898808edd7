// A process with a runtime ends by itself once the runtime has stopped, whatever it was in the middle of.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs TypeScript in a Node process of its own, on the sources. */
function inProcess(body: string): {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
} {
  const code = `
    import { createJiti } from 'jiti';
    const jiti = createJiti(${JSON.stringify(`${root}/test/`)});
    const { agent, createRuntime, defineTopology, director, orchestrator } = await jiti.import(${JSON.stringify(`${root}/src/index.ts`)});
    const solo = (work) => defineTopology({ name: 'solo', orchestrators: { main: orchestrator({ directors: { team: director({ agents: { work } }) } }) } });
    ${body}
  `;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
    timeout: 55_000,
  });
  return { status, signal, out: stdout, err: stderr };
}

test('after a stop nothing keeps the process alive: no timer of a time-out, a retry or a reader', () => {
  const { status, out, err } = inProcess(`
    const runtime = await createRuntime(solo(agent({ retries: { limit: 3, backoff: { initial: '1h', max: '2h' } }, shutdown: '1s', run: ({ input }, ctx) => {
      if (input === 'retry') throw new Error('again');
      if (input === 'hang') return new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
      return input;
    } })));
    await runtime.start();
    console.log(await runtime.run({ type: 'work', input: 'done' }));
    const hang = await runtime.submit({ type: 'work', input: 'hang' }, { timeout: '24h' });
    await runtime.submit({ type: 'work', input: 'retry' }, { timeout: '24h' });
    (async () => { for await (const event of hang.events()) if (event.type === 'ended') console.log('ended', event.state); })();
    await new Promise((resolve) => setImmediate(resolve));
    await runtime.stop();
    console.log('stopped');
  `);
  expect(err).toBe('');
  expect(status).toBe(0);
  expect(out.trim().split('\n').toSorted()).toEqual(['done', 'ended cancelled', 'stopped']);
}, 60_000);

test('a task that fails with nobody listening does not end the process', () => {
  const { status, out, err } = inProcess(`
    const runtime = await createRuntime(solo(agent({ run: () => { throw new Error('unheard'); } })));
    await runtime.start();
    const run = await runtime.submit({ type: 'work', input: null });
    for await (const event of run.events()) if (event.type === 'ended') console.log(event.state);
    await runtime.stop();
  `);
  expect(err).toBe('');
  expect(status).toBe(0);
  expect(out.trim()).toBe('failed');
}, 60_000);
