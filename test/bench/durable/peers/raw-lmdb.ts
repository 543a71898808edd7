// The limit of the durable rows: lmdb by itself, written by hand. One commit of a thousand steps, each of which removes
// the message it has consumed, puts the state it led to and puts the message it sends; the next commit is being made
// while the last is written, and counts when it has been flushed.
import { join } from 'node:path';
import { open } from 'lmdb';
import { Packr } from 'msgpackr';
import { versionOf } from '../../messaging/version-of.ts';
import type { DurablePeer, Grouped } from '../peer.ts';
import { timeOneByOne, timeRunning } from '../timing.ts';
import { actors, type Message, type State, stateOf, stepped } from '../workload.ts';

const packr = new Packr({ useRecords: false });
const options = { maxDbs: 4, mapSize: 2 ** 34 };

async function thousand(folder: string, duration_ms: number): Promise<Grouped> {
  const env = open(join(folder, 'raw'), options);
  const states = env.openDB<Buffer, string>('states', { encoding: 'binary' });
  const mail = env.openDB<Buffer, number>('mail', { encoding: 'binary' });
  const current: State[] = Array.from({ length: actors }, (_, index) => stateOf(index));
  let committed = 0;
  let running = true;
  const loop = (async () => {
    let last: Promise<unknown> = Promise.resolve();
    for (let turn = 1; running; turn += 1) {
      const message: Message = { type: 'count', value: turn };
      const landed = states.batch(() => {
        for (let index = 0; index < actors; index += 1) {
          const next = stepped(current[index] ?? stateOf(index), message);
          current[index] = next;
          void mail.remove((turn - 1) * actors + index);
          void states.put(`main/${next.name}`, packr.pack(next));
          void mail.put(turn * actors + index, packr.pack(message));
        }
      });
      await last;
      last = landed.then(async () => {
        await env.flushed;
        committed += actors;
      });
    }
    await last;
  })();
  const result = await timeRunning(duration_ms, () => committed);
  running = false;
  await loop;
  await env.close();
  return result;
}

/** lmdb, by hand. */
export const peers: readonly DurablePeer[] = [
  {
    name: 'raw lmdb',
    version: versionOf('lmdb'),
    unavailable: null,
    rows: {
      async one(folder, duration_ms) {
        const env = open(join(folder, 'raw'), options);
        const states = env.openDB<Buffer, string>('states', { encoding: 'binary' });
        let state = stateOf(0);
        const result = await timeOneByOne(duration_ms, async (value) => {
          state = stepped(state, { type: 'count', value });
          await states.put('main/actor-0', packr.pack(state));
          await env.flushed;
        });
        await env.close();
        return result;
      },
      thousand,
    },
  },
];
