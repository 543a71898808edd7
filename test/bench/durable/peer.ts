// What a peer of the durable benchmark can be asked for. Each row runs in a process and a folder of its own; a peer
// leaves out what it lacks.

/** Every row says it. */
export interface Disturbed {
  /** How much of it counts although a neighbour was on the core, in windows. */
  readonly disturbed: number;
}

/** Steps one after the other, each on disk before the next begins. */
export interface OneByOne extends Disturbed {
  readonly perSecond: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** Steps of many actors, grouped as the peer does it. */
export interface Grouped extends Disturbed {
  readonly perSecond: number;
  /** Lateness of a 1 ms timer meanwhile. */
  readonly loopDelayP99_ms: number;
  /** Growth of the files per step, the pages that are used again left out; undefined where it can't be told. */
  readonly bytesPerStep?: number;
}

/** A peer of the durable benchmark. */
export interface DurablePeer {
  readonly name: string;
  readonly version: string;
  /** Why it can't run here; null when it can. */
  readonly unavailable: string | null;
  readonly rows: {
    one?(folder: string, duration_ms: number): Promise<OneByOne>;
    thousand?(folder: string, duration_ms: number): Promise<Grouped>;
    /** Machines that keep each step, and the same ones in memory. */
    machines?(
      folder: string,
      duration_ms: number,
    ): Promise<Disturbed & { readonly durable: number; readonly memory: number }>;
    ring?(folder: string, duration_ms: number): Promise<Grouped>;
    /** Milliseconds from opening the store until so many actors can be sent to. */
    recovery?(folder: string, known: number): Promise<Disturbed & { readonly ms: number }>;
    /** Heap of an actor that is known and not in memory. */
    passivated?(folder: string, known: number): Promise<Disturbed & { readonly bytes: number }>;
  };
}
