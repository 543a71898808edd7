// An environment between the engine and LMDB that lies: it changes what is read, fails what is written, and counts how
// often it is opened and closed. The engine is the real one, and so is everything that is not lied about.

import type { Environment, EnvironmentOptions, OpenEnvironment, Table } from '../../src/store/lmdb/environment.ts';
import { openLmdbEnvironment } from '../../src/store/lmdb/lmdb-environment.ts';

export type TableName = 'current' | 'journal' | 'tombstones' | 'blobs';
export const tableNames: readonly TableName[] = ['current', 'journal', 'tombstones', 'blobs'];

/** One record, wherever it is. */
export interface RawRecord {
  readonly table: TableName;
  readonly key: string | number;
  readonly bytes: Uint8Array;
}

export class Tamper {
  /** What is read in place of what is there; `undefined` for a record that is gone. */
  readonly lies = new Map<string, Uint8Array | undefined>();
  /** What the next writes fail with, one after the other; undefined lets one through. */
  readonly failures: (Error | undefined)[] = [];
  /** Environments that were opened to be written, and those of them that were closed. */
  opened = 0;
  closed = 0;
  writes = 0;
  /** Holds writes back while it is there. */
  gate: Promise<void> | undefined;
  #environment: Environment | undefined;

  readonly open: OpenEnvironment = (folder, options) => {
    const count = options.readOnly ? 0 : 1;
    this.opened += count;
    this.#environment = openLmdbEnvironment(folder, options);
    return this.#wrapped(this.#environment, () => {
      this.closed += count;
    });
  };

  /** The one that is open now, without lies. */
  get environment(): Environment {
    if (this.#environment === undefined) throw new Error('nothing is open');
    return this.#environment;
  }

  lie(table: TableName, key: string | number, bytes: Uint8Array | undefined): void {
    this.lies.set(`${table} ${key}`, bytes);
  }

  #wrapped(environment: Environment, closed: () => void): Environment {
    const wrap = <Key extends string | number>(name: string, table: Table<Key>): Table<Key> => ({
      get: (key) => (this.lies.has(`${name} ${key}`) ? this.lies.get(`${name} ${key}`)?.slice() : table.get(key)),
      keys: (from, isAfter, count) => table.keys(from, isAfter, count),
      count: (from, until) => table.count(from, until),
      last: () => table.last(),
      entries: (from) => this.#entries(name, table, from),
      size: () => table.size(),
      put: (key, value) => {
        table.put(key, value);
      },
      remove: (key) => {
        table.remove(key);
      },
    });
    return {
      current: wrap('current', environment.current),
      journal: wrap('journal', environment.journal),
      tombstones: wrap('tombstones', environment.tombstones),
      blobs: wrap('blobs', environment.blobs),
      meta: environment.meta,
      write: (fill) => this.#write(environment, fill),
      used_bytes: () => environment.used_bytes(),
      file_bytes: () => environment.file_bytes(),
      copyTo: (folder, isCompact) => environment.copyTo(folder, isCompact),
      close: () => {
        closed();
        return environment.close();
      },
    };
  }

  *#entries<Key extends string | number>(
    name: string,
    table: Table<Key>,
    from?: Key,
  ): IterableIterator<readonly [Key, Uint8Array]> {
    for (const [key, value] of table.entries(from)) {
      const lie = this.lies.get(`${name} ${key}`);
      if (!this.lies.has(`${name} ${key}`)) yield [key, value];
      else if (lie !== undefined) yield [key, lie.slice()];
    }
  }

  async #write(environment: Environment, fill: () => void): Promise<void> {
    this.writes += 1;
    await this.gate;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    await environment.write(fill);
  }

  /** Everything there is, as it is. */
  records(): readonly RawRecord[] {
    return tableNames.flatMap((table) =>
      [...this.environment[table].entries()].map(([key, bytes]) => ({ table, key, bytes: new Uint8Array(bytes) })),
    );
  }
}

/** An environment that stays open for the next engine. */
export function lasting(tamper: Tamper, folder: string): OpenEnvironment {
  const options: EnvironmentOptions = { readOnly: false, map_bytes: 1_073_741_824 };
  const environment = tamper.open(folder, options);
  return () => ({ ...environment, close: () => Promise.resolve() });
}

/** What a system call fails with, as LMDB says it. */
export function systemError(code: number): Error {
  return Object.assign(new Error(`system error ${code}`), { code });
}
