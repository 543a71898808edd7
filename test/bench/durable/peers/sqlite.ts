// SQLite through better-sqlite3, in WAL mode with full syncs: a transaction of a thousand steps. It is synchronous, so the
// event loop waits for the disk; a breath between two transactions lets timers fire.
import { join } from 'node:path';
import { versionOf } from '../../messaging/version-of.ts';
import type { DurablePeer, Grouped } from '../peer.ts';
import { timeOneByOne, timeRunning } from '../timing.ts';
import { actors, type Message, type State, stateOf, stepped } from '../workload.ts';

type Sqlite = typeof import('better-sqlite3');
type Database = InstanceType<Sqlite>;

const loaded = await import('better-sqlite3').then(
  (module) => ({ Sqlite: module.default }) as const,
  (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }) as const,
);

function openIn(folder: string): Database {
  if (!('Sqlite' in loaded)) throw new Error(loaded.problem);
  const database = new loaded.Sqlite(join(folder, 'state.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID');
  database.exec('CREATE TABLE mail (id INTEGER PRIMARY KEY, value TEXT)');
  return database;
}

async function thousand(folder: string, duration_ms: number): Promise<Grouped> {
  const database = openIn(folder);
  const put = database.prepare(
    'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const send = database.prepare('INSERT INTO mail VALUES (?, ?)');
  const consume = database.prepare('DELETE FROM mail WHERE id = ?');
  const current: State[] = Array.from({ length: actors }, (_, index) => stateOf(index));
  let committed = 0;
  let running = true;
  const turnOf = database.transaction((turn: number) => {
    const message: Message = { type: 'count', value: turn };
    for (let index = 0; index < actors; index += 1) {
      const next = stepped(current[index] ?? stateOf(index), message);
      current[index] = next;
      consume.run((turn - 1) * actors + index);
      put.run(`main/${next.name}`, JSON.stringify(next));
      send.run(turn * actors + index, JSON.stringify(message));
    }
  });
  const loop = (async () => {
    for (let turn = 1; running; turn += 1) {
      turnOf(turn);
      committed += actors;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  })();
  const result = await timeRunning(duration_ms, () => committed);
  running = false;
  await loop;
  database.close();
  return result;
}

/** SQLite. */
export const peers: readonly DurablePeer[] = [
  {
    name: 'sqlite',
    version: 'Sqlite' in loaded ? versionOf('better-sqlite3') : 'better-sqlite3',
    unavailable: 'Sqlite' in loaded ? null : loaded.problem,
    rows: {
      async one(folder, duration_ms) {
        const database = openIn(folder);
        const put = database.prepare(
          'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        );
        let state = stateOf(0);
        const result = await timeOneByOne(duration_ms, async (value) => {
          state = stepped(state, { type: 'count', value });
          put.run('main/actor-0', JSON.stringify(state));
        });
        database.close();
        return result;
      },
      thousand,
    },
  },
];
