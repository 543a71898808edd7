// Progress on a terminal: what the picture shows, that it always fits, and that a real terminal gets it redrawn.

import { execFileSync, spawn } from 'node:child_process';
import * as fc from 'fast-check';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { drawLive, type View } from '../../src/cli/progress/live-view.ts';
import { Tally } from '../../src/cli/progress/tally.ts';
import type { TaskEventBody } from '../../src/observe/task-events.ts';
import { agent, defineTopology, director, orchestrator } from 'troupe';
import { commandLine, follow, folderWith } from './cli-kit.ts';

const work = agent({ run: () => 1 });
const { resolved } = defineTopology({
  name: 'shop',
  limits: { agents: 100, agentsPerOrchestrator: 100 },
  orchestrators: {
    main: orchestrator({
      plan: () => ({ a: { type: 'pack' } }),
      directors: {
        hall: director({ agents: { pack: agent({ instances: 2, run: () => 1 }), ship: work } }),
        yard: director({ agents: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`lot${index}`, work])) }),
      },
    }),
  },
});

function tallyOf(
  ...events: readonly (readonly [task: string, address: string, body: TaskEventBody, taskType?: string])[]
): Tally {
  const tally = new Tally(resolved);
  for (const [task, address, body, taskType = 'pack'] of events) {
    tally.take({ type: 'run.event', at: 1_000, event: { run: 'r', task, taskType, address, at: 1_000, ...body } });
  }
  return tally;
}

function view(tally: Tally, size: Partial<View> = {}): View {
  const colours = pc.createColors(false);
  return {
    title: 'shop',
    tally,
    elapsedMs: 2_500,
    wallMs: 3_000,
    columns: 80,
    rows: 24,
    colours,
    stopping: undefined,
    ...size,
  };
}

const started = { type: 'started', attempt: 1 } as const;
const done = { type: 'done', tookMs: 5 } as const;

describe('the tally', () => {
  test('follows tasks from the director that queues them to the instance that does them', () => {
    const tally = tallyOf(
      ['r', 'main', { type: 'queued' }],
      ['r', 'main', started],
      ['t1', 'main/hall', { type: 'queued' }],
      ['t2', 'main/hall', { type: 'queued' }],
      ['t1', 'main/hall/pack:0', { type: 'queued' }],
      ['t1', 'main/hall/pack:0', started],
      ['t1', 'main/hall/pack:0', { type: 'retried', attempt: 2, delayMs: 5, error: 'x' }],
      ['t1', 'main/hall/pack:0', { type: 'started', attempt: 2 }],
      ['t1', 'main/hall/pack:0', done],
      ['t3', 'main/hall', { type: 'queued' }, 'ship'],
      ['t3', 'main/hall/ship', started, 'ship'],
      ['t4', 'main/hall', { type: 'queued' }, 'ship'],
      ['t4', 'main/hall', { type: 'cancelled', reason: 'stop' }, 'ship'],
      ['t3', 'main/hall/ship', { type: 'failed', code: 'TASK_FAILED', error: 'x' }, 'ship'],
    );
    expect(tally.totals()).toEqual({ done: 1, running: 0, waiting: 1, failed: 1 });
    expect({ retried: tally.retried, cancelled: tally.cancelled }).toEqual({ retried: 1, cancelled: 1 });
    expect(tally.rows.find((row) => row.address === 'main/hall/pack')).toMatchObject({ done: 1, waiting: 1 });
  });

  test('counts what an instance worked on when it crashed as failed', () => {
    const tally = tallyOf(['t1', 'main/hall/pack:1', started], ['t2', 'main/hall/pack:0', started]);
    tally.take({ type: 'actor.crashed', at: 1, address: 'main/hall/pack:1', incarnation: 1, error: new Error('x') });
    expect(tally.totals()).toEqual({ done: 0, running: 1, waiting: 0, failed: 1 });
  });
});

describe('the picture', () => {
  test('has a headline, the busiest agents and what has run for a while', () => {
    const tally = tallyOf(
      ['t1', 'main/hall/pack:1', started],
      ['t1', 'main/hall/pack:1', { type: 'progress', fraction: 0.25, note: 'box\u001b[2J 3' }],
      ['t2', 'main/hall', { type: 'queued' }],
      ['t3', 'main/yard/lot7', started, 'lot7'],
      ['t3', 'main/yard/lot7', done, 'lot7'],
    );
    const lines = drawLive(view(tally, { rows: 12 }));
    expect(lines[0]).toBe('shop  2.5 s  1 done, 1 running, 1 waiting, 0 failed');
    expect(lines).toContain('  main/hall/pack      ·        1        1       ·');
    expect(lines).toContain('  main/yard/lot7      1        ·        ·       ·');
    expect(lines).toContain('  > pack at main/hall/pack:1  2.0 s 25 %  box\\x1b[2J 3');
    expect(lines.join('\n')).toMatch(/and \d+ more/);
  });

  test('fits every terminal', () => {
    const notes = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 6, max: 60 }),
        notes,
        fc.nat({ max: 60 }),
        (columns, rows, note, tasks) => {
          const events = Array.from(
            { length: tasks },
            (_, index) => [`t${index}`, `main/yard/lot${index % 40}`, started, `lot${index % 40}`] as const,
          );
          const noted = ['t0', 'main/yard/lot0', { type: 'progress', fraction: 0.5, note }, 'lot0'] as const;
          const lines = drawLive(
            view(tallyOf(...events, noted), { columns, rows, stopping: 'Ctrl-C: waiting up to 10 s for 3 running' }),
          );
          expect(lines.length).toBeLessThan(rows);
          for (const line of lines) {
            // A mark that sits on the character before it takes no column of its own.
            const columnsTaken = Array.from(line.replace(/\p{Mn}|\p{Me}|\u200d|\ufe0f/gu, '')).length;
            expect(columnsTaken).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
      { examples: [[44, 8, '  A\u0300 ', 1]] },
    );
  });
});

const script = ((): string => {
  if (process.platform !== 'linux') return 'needs util-linux script';
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
      ? ''
      : 'script is not that of util-linux';
  } catch {
    return 'script (util-linux) is not installed';
  }
})();

const slow = `import { agent, defineTopology, director, orchestrator } from 'troupe';
const page = agent({ instances: 2, run: async ({ input }, ctx) => { ctx.progress(0.5, 'halfway'); await new Promise((done) => setTimeout(done, 400)); return input; } });
export default defineTopology({ name: 'crawl', orchestrators: { main: orchestrator({
  plan: () => ({ pages: { type: 'page', each: () => [1, 2, 3, 4] } }), directors: { web: director({ agents: { page } }) } }) } });
`;

describe.skipIf(script !== '')(`a terminal${script === '' ? '' : ` (skipped: ${script})`}`, () => {
  /** What a terminal was sent by a run. */
  async function seen(env: Readonly<Record<string, string>>, size = 'cols 100 rows 30'): Promise<string> {
    const cwd = await folderWith({ 't.ts': slow });
    const { PATH, HOME } = process.env;
    const words = ['-qec', `stty ${size}; "${process.execPath}" "${commandLine}" run t.ts`, '/dev/null'];
    const { status, stdout } = await follow(
      spawn('script', words, { cwd, env: { PATH, HOME, TERM: 'xterm-256color', ...env } }),
    ).ended;
    expect(status).toBe(0);
    return stdout;
  }

  test('gets the picture redrawn in place, with colours, and its cursor back', async () => {
    const text = await seen({});
    expect(text).toContain('\u001b[1mcrawl\u001b[22m');
    expect(text).toMatch(/> page at main\/web\/page:0 {2}\d{3} ms 50 % {2}halfway/);
    const redraws = text.split('main/web/page ').length - 1;
    expect(redraws).toBeGreaterThan(1);
    expect(redraws).toBeLessThan(40);
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    expect(text).toContain('4 tasks done');
  });

  test('gets no colours with NO_COLOR, and plain lines where it can’t be redrawn', async () => {
    const colourless = await seen({ NO_COLOR: '1' });
    expect(colourless).toContain('\u001b[?25l');
    expect(colourless).not.toContain('\u001b[1m');
    expect(colourless).not.toContain('\u001b[3');
    const plain = await seen({ TERM: 'dumb' });
    expect(plain).not.toContain('\u001b');
    expect(plain).toContain('crawl started');
    expect(await seen({}, 'cols 0 rows 0')).toContain('crawl started');
  });
});
