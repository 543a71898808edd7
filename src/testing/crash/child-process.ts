// One child process from its start to its end, whatever that is: it has come to its end, it was killed where it was to be,
// or it failed: by an error, by not ending in time, or by dying of something else. A child never outlives this process.

import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, systemClock, type TimerHandle } from '../../base/clock.ts';
import { formatMs } from '../../base/duration.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { childWords } from './compiled.ts';
import { isMarked } from './crash-journal.ts';
import type { CrashMessage, CrashOrder, CrashPhase, RecoveryTimes } from './crash-messages.ts';

/** How a child is treated. */
export interface ChildTerms {
  /** How long the workload, what was taken up again and the check may take each; the rest has its limit, or longer. */
  readonly timeout_ms: number;
  /** It is killed so long after it has begun to start its runtime. */
  readonly killAfter_ms?: number | undefined;
}

/** Why a child failed. */
export interface ChildFailure {
  readonly phase: CrashPhase;
  readonly message: string;
  readonly stack: string;
}

/** How a child ended, and what it had said. */
export interface ChildEnd {
  /** `killed`: where it was to be. */
  readonly type: 'done' | 'killed' | 'failed';
  readonly failure: ChildFailure | undefined;
  readonly worked: { readonly commits: number; readonly took_ms: number } | undefined;
  readonly recovered: RecoveryTimes | undefined;
  /** The end of what it wrote to stdout and stderr. */
  readonly output: string;
}

const failed: Readonly<Record<CrashPhase, string>> = {
  loading: 'the files could not be loaded',
  opening: 'the store could not be opened',
  reading: 'the store could not be read',
  starting: 'the runtime did not start',
  running: 'the workload failed',
  stopping: 'the runtime did not stop',
  resuming: 'what was taken up again did not end',
  checking: 'the check failed',
};

const doing: Readonly<Record<CrashPhase, string>> = {
  loading: 'loading the files',
  opening: 'opening the store',
  reading: 'reading the store',
  starting: 'starting the runtime',
  running: 'running the workload',
  stopping: 'stopping the runtime',
  resuming: 'waiting for what was taken up again',
  checking: 'running the check',
};

/** What takes as long as the user's own code does; the rest takes longer on a busy machine, and is not what is limited. */
const ofUsers: readonly CrashPhase[] = ['running', 'resuming', 'checking'];

/**
 * Starts a child and waits for its end.
 *
 * @throws INVALID_OPTION when a file of the order exports something else than it should.
 */
export async function runChild(order: CrashOrder, terms: ChildTerms): Promise<ChildEnd> {
  return new Child(order, terms, systemClock).ended;
}

class Child {
  readonly ended: Promise<ChildEnd>;
  readonly #order: CrashOrder;
  readonly #terms: ChildTerms;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #timers: TimerHandle[] = [];
  #phase: CrashPhase = 'loading';
  #patience: TimerHandle | undefined;
  #detail = '';
  #output = '';
  #isLate = false;
  #isKilled = false;
  #isDone = false;
  #error: { readonly message: string; readonly stack: string } | undefined;
  #unusable: InvalidOptionError | undefined;
  #worked: ChildEnd['worked'];
  #recovered: RecoveryTimes | undefined;

  constructor(order: CrashOrder, terms: ChildTerms, clock: Clock) {
    this.#order = order;
    this.#terms = terms;
    this.#clock = clock;
    this.#child = spawn(process.execPath, [...childWords(), JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = this.#follow();
  }

  #follow(): Promise<ChildEnd> {
    const child = this.#child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-limits.testing.crashOutput_chars);
      });
    child.on('message', (message) => {
      this.#hear(message as CrashMessage);
    });
    this.#beginPhase('loading');
    const leave = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', leave);
    return new Promise((resolve, reject) => {
      const settle = (status: number | null, signal: NodeJS.Signals | null): void => {
        process.off('exit', leave);
        for (const timer of this.#timers.splice(0)) this.#clock.clearTimer(timer);
        child.stdout?.destroy(); // a process that it has started may still hold them
        child.stderr?.destroy();
        if (this.#unusable === undefined) resolve(this.#endOf(status, signal));
        else reject(this.#unusable);
      };
      child.on('error', reject);
      child.on('close', settle);
      child.on('exit', (status, signal) => {
        this.#after(limits.testing.crashLinger_ms, () => {
          settle(status, signal);
        });
      });
    });
  }

  #after(delay_ms: number, fn: () => void): TimerHandle {
    const timer = this.#clock.setTimer(fn, delay_ms);
    this.#timers.push(timer);
    return timer;
  }

  #beginPhase(phase: CrashPhase): void {
    this.#phase = phase;
    if (this.#patience !== undefined) this.#clock.clearTimer(this.#patience);
    this.#patience = this.#after(this.#patience_ms(), () => {
      this.#isLate = this.#child.kill('SIGKILL');
    });
    if (phase === 'starting') this.#killLater();
  }

  #patience_ms(): number {
    const { timeout_ms } = this.#terms;
    return ofUsers.includes(this.#phase) ? timeout_ms : Math.max(timeout_ms, limits.testing.crashPhase_ms);
  }

  #hear(message: CrashMessage): void {
    switch (message.type) {
      case 'phase':
        if (message.phase !== this.#phase) this.#beginPhase(message.phase);
        this.#detail = message.detail ?? '';
        return;
      case 'worked':
        this.#worked = message;
        return;
      case 'recovered':
        this.#recovered = message;
        return;
      case 'failed':
        this.#error = message;
        return;
      case 'unusable': {
        const { field, expected } = message;
        this.#unusable = new InvalidOptionError(field, this.#order[field], expected);
        return;
      }
      case 'done':
        this.#isDone = true;
    }
  }

  #killLater(): void {
    const { killAfter_ms } = this.#terms;
    if (killAfter_ms === undefined) return;
    this.#after(killAfter_ms, () => {
      this.#isKilled = this.#child.kill('SIGKILL');
    });
  }

  #endOf(status: number | null, signal: NodeJS.Signals | null): ChildEnd {
    const said = { worked: this.#worked, recovered: this.#recovered, output: this.#output };
    const end = (type: ChildEnd['type'], failure?: ChildFailure): ChildEnd => ({ type, failure, ...said });
    if (this.#isDone) return end('done');
    const phase = this.#phase;
    if (this.#error !== undefined) {
      const { message, stack } = this.#error;
      return end('failed', { phase, message: `${failed[phase]}: ${message}`, stack });
    }
    if (this.#isLate) {
      const time = formatMs(this.#patience_ms());
      const message = `${doing[phase]} was not over after ${time}${this.#detail}`;
      return end('failed', { phase, message, stack: '' });
    }
    if (this.#isKilled || isMarked(this.#order.mark)) return end('killed');
    const message = `the process ended by itself${howOf(status, signal)} while ${doing[phase]}${lastLine(this.#output)}`;
    return end('failed', { phase, message, stack: '' });
  }
}

function howOf(status: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return ', killed from outside (SIGKILL), for instance because memory ran out,';
  return signal === null ? ` with status ${String(status)}` : ` with signal ${signal}`;
}

/** What it said last: the error that ended it, where there is one. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((each) => /^(?:Uncaught )?\w*Error\b.*: /.test(each)) ?? lines.at(-1);
  return line === undefined ? '' : `: ${line.trim()}`;
}
