// A run that failed is kept as a small file, and replayed: what is written is read back, what is wrong with a file is
// named, and a replay says whether it fails still, holds now, or fits no more.

import { beforeAll, describe, expect, test } from 'vitest';
import { agent, defineTopology, director, orchestrator } from '../../src/index.ts';
import {
  readRegression,
  type Regression,
  regressionOf,
  regressionText,
  replay,
  simulate,
  simulationData,
  simulationOptions,
  type SimulationReport,
  simulationText,
} from '../../src/testing/index.ts';

const parcels = defineTopology({
  name: 'parcels',
  orchestrators: {
    main: orchestrator({ directors: { team: director({ agents: { parcel: agent({ run: () => 'sent' }) } }) } }),
  },
});

/** A counter that loses what it was given when the process dies in between. */
const counting = (isMended: boolean) =>
  simulationOptions(parcels, {
    ledger: () => ({ given: 0, kept: 0, heldBack: 0 }),
    begin: ({ ledger }) => {
      if (isMended) ledger.kept += ledger.heldBack;
      ledger.heldBack = 0;
    },
    operations: {
      give: ({ ledger, chance }) => {
        ledger.given += 1;
        if (chance(8)) ledger.heldBack += 1;
        else ledger.kept += 1;
      },
      look: () => undefined,
    },
    invariants: {
      'nothing is lost': ({ ledger: { given, kept, heldBack } }) => {
        if (given !== kept + heldBack) throw new Error(`given ${given}, kept ${kept}, held back ${heldBack}`);
      },
    },
  });

const faults = ['crash'] as const;
const settings = { faults, seeds: 20, steps: 1_000, repeat: 0 };
/** One simulation for all: it takes a second. */
let report: SimulationReport;
beforeAll(async () => {
  report = await simulate(parcels, { ...counting(false), ...settings });
}, 60_000);

describe('a planted loss', { timeout: 60_000 }, () => {
  test('is found, made small, kept, and fails again when it is replayed', async () => {
    expect(report).toMatchObject({ passed: false, failure: { invariant: 'nothing is lost', steps: 1_000 } });
    const { shrunk, decisions = [] } = report.failure ?? {};
    expect(decisions.length).toBeGreaterThan(50);
    expect(shrunk?.decisions).toHaveLength(3);
    expect(shrunk?.decisions).toEqual(
      expect.arrayContaining([
        { kind: 'workload.give', nth: 1, value: 1 },
        expect.objectContaining({ kind: 'workload', value: 1 }),
        expect.objectContaining({ kind: 'fault.crash', value: 1 }),
      ]),
    );
    expect(shrunk?.steps).toBeLessThan(20);
    const kept = regressionText(regressionOf(report) as Regression);
    expect(kept.length).toBeLessThan(1_000);
    const again = await replay(parcels, counting(false), readRegression(kept));
    expect(again.failure).toMatchObject({
      invariant: 'nothing is lost',
      problem: expect.stringMatching(/^Error: given \d+, kept \d+, held back 0\n/) as string,
      decisions: shrunk?.decisions,
      last: shrunk?.last,
    });
  });

  test('holds when it is mended', async () => {
    const mended = await replay(parcels, counting(true), regressionOf(report) as Regression);
    expect(mended).toMatchObject({ passed: true, failure: undefined, seeds: 1, unasked: [] });
    expect(regressionOf(mended)).toBeUndefined();
  });

  test('is told to people with all that is needed to see it again', () => {
    const text = simulationText(report, undefined, { commit: 'abc123' }).join('\n');
    expect(text).toMatch(/^operation +begun +refused$/m);
    expect(text).toMatch(/^process killed +\d+$|^power cut +\d+$/m);
    const seed = report.failure?.seed ?? 0;
    expect(text).toContain(`✗ seed ${seed}: nothing is lost`);
    expect(text).not.toContain('one-run');
    expect(text).toMatch(/commit +abc123\n +step +\d+ \(of the run as it was found: \d[\d,]*\)/);
    expect(text).toMatch(/3 decisions, made smaller from [\d,]+ in \d+ runs\n( +[\w.]+#\d+ = \d+\n){3}/);
    expect(text).toMatch(/operation give#1 begins/);
    expect(text).toContain(`npx troupe simulate <topology> --seed ${seed} --steps 1000 --faults crash\n`);
    expect(text).toMatch(/Topology 'parcels': .* FAILED\.$/);
  });

  test('is data as well', () => {
    const data = JSON.parse(JSON.stringify(simulationData(report, { commit: 'abc123' }))) as object;
    expect(data).toMatchObject({
      topology: 'parcels',
      passed: false,
      odds: { crash: 400, full: 0 },
      hashes: Object.fromEntries(report.hashes),
      failure: {
        commit: 'abc123',
        seed: report.failure?.seed,
        shrunk: { decisions: report.failure?.shrunk?.decisions },
      },
    });
  });
});

const kept: Regression = {
  topology: 'parcels',
  seed: 7,
  steps: 12,
  faults: { ...noFaults(), crash: 400 },
  decisions: [{ kind: 'fault.gone', nth: 3, value: 2 }],
  invariant: 'nothing is lost',
  problem: 'given 1, kept 0',
  troupe: '0.1.0',
};

function noFaults(): Regression['faults'] {
  const kinds = ['calendar', 'sleep', 'agent', 'torn', 'lost', 'flipped', 'delayed', 'full', 'broken', 'crash'];
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as unknown as Regression['faults'];
}

describe('a file', () => {
  test('is read as it was written', () => {
    expect(readRegression(regressionText(kept))).toEqual(kept);
    expect(JSON.parse(regressionText(kept))).toMatchObject({ format: 1, decisions: ['fault.gone#3 = 2'] });
  });

  test('that fits no more passes, and says what was not asked for', async () => {
    const replayed = await replay(parcels, counting(false), kept);
    expect(replayed).toMatchObject({ passed: true, unasked: kept.decisions });
    expect(simulationText(replayed).join('\n')).toContain(
      '1 decision was not asked for any more: fault.gone#3 = 2.\nThe program has changed since the run was kept',
    );
  });

  test('of another topology is refused', async () => {
    const other = replay(parcels, counting(false), { ...kept, topology: 'letters' });
    await expect(other).rejects.toThrow(`topology of the regression is "letters"; it takes 'parcels'.`);
  });

  const file = (change: object): string => JSON.stringify({ ...JSON.parse(regressionText(kept)), ...change });
  test.each([
    ['no JSON', '{', /^lost\.json is "\{"; it takes JSON/],
    ['a list', '[]', /^lost\.json is .*; it takes an object with format, topology/],
    [
      'a newer format',
      file({ format: 2 }),
      /^format of lost\.json is 2; it takes 1; the file is of a newer version of Troupe\.$/,
    ],
    ['no format', file({ format: 'one' }), /^format of lost\.json is "one"; it takes 1\.$/],
    ['a field that is not known', file({ seeds: 3 }), /^seeds of lost\.json is "an unknown field"/],
    ['a seed below 0', file({ seed: -1 }), /^seed of lost\.json is -1; it takes a whole number from 0/],
    ['steps as a text', file({ steps: '12' }), /^steps of lost\.json is "12"; it takes a whole number/],
    ['a topology without a name', file({ topology: 7 }), /^topology of lost\.json is 7; it takes a text/],
    ['a fault that there is not', file({ faults: { crsh: 2 } }), /^faults of lost\.json is "crsh"; .* 'crash'/],
    ['decisions that are no list', file({ decisions: {} }), /^decisions of lost\.json is .*; it takes a list/],
    [
      'a decision without its number',
      file({ decisions: ['fault.crash#3 = 2', 'fault.crash = 2'] }),
      /^decisions\[1\] of lost\.json is "fault\.crash = 2"/,
    ],
    ['a decision before the first', file({ decisions: ['workload#0 = 1'] }), /^decisions\[0\] of lost\.json/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => readRegression(text, 'lost.json')).toThrow(message);
  });
});
