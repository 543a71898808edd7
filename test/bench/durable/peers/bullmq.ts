// BullMQ on a Redis server that syncs each command's effects (appendfsync always): a queue whose worker takes a job,
// keeps a state and adds the next job. The server is started for the row and stopped after it; without one the row is
// left out.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { versionOf } from '../../messaging/version-of.ts';
import type { DurablePeer } from '../peer.ts';
import { timeOneByOne, timeRunning } from '../timing.ts';
import { actors, stateOf, stepped } from '../workload.ts';

const port = 17_379;

const found = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
const library = await import('bullmq').then(
  (module) => module,
  () => undefined,
);

function missing(): string | null {
  if (!found) return 'no redis-server on this machine';
  return library === undefined ? 'bullmq is not installed' : null;
}

async function server(folder: string): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`redis-server ended with ${String(code)}`));
    });
    child.stdout?.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve();
    });
  });
  return child;
}

const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

/** BullMQ. */
export const peers: readonly DurablePeer[] = [
  {
    name: 'bullmq',
    version: library === undefined ? 'bullmq' : versionOf('bullmq'),
    unavailable: missing(),
    rows: {
      async one(folder, duration_ms) {
        if (library === undefined) throw new Error('bullmq is not installed');
        const redis = await server(folder);
        const queue = new library.Queue('steps', { connection });
        let state = stateOf(0);
        const result = await timeOneByOne(duration_ms, async (value) => {
          state = stepped(state, { type: 'count', value });
          await queue.add('step', state, { removeOnComplete: true });
        });
        await queue.close();
        redis.kill('SIGKILL');
        return result;
      },
      async thousand(folder, duration_ms) {
        if (library === undefined) throw new Error('bullmq is not installed');
        const redis = await server(folder);
        const queue = new library.Queue('steps', { connection });
        let done = 0;
        const worker = new library.Worker(
          'steps',
          async (job: { readonly data: ReturnType<typeof stateOf> }) => {
            await queue.add('step', stepped(job.data, { type: 'count', value: 1 }), { removeOnComplete: true });
            done += 1;
          },
          { connection, concurrency: actors },
        );
        await queue.addBulk(
          Array.from({ length: actors }, (_, index) => ({
            name: 'step',
            data: stateOf(index),
            opts: { removeOnComplete: true },
          })),
        );
        const result = await timeRunning(duration_ms, () => done);
        await worker.close(true);
        await queue.close();
        redis.kill('SIGKILL');
        return result;
      },
    },
  },
];
