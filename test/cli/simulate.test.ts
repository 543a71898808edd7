// `troupe simulate`: a topology under many seeds from the command line; a failure that is printed, kept in a file and
// replayed; being told to stop; and the mistakes that are the user's, each with one message and no stack.

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentsTopology, folderWith, repository, stackLine, start, troupe, workTopology } from './cli-kit.ts';

const topology = agentsTopology('parcel: agent({ run: () => "sent" }), letter: agent({ run: () => "sent" })');
const withInput = `import { agent, defineTopology, director, orchestrator } from 'troupe';
const input = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
export default defineTopology({ name: 'small', orchestrators: { main: orchestrator({ input, directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) } }) } });
`;
/** Holds back one thing in eight, and forgets it when the process dies. */
const simulation = `import { simulationOptions } from 'troupe/testing';
import topology from './t.ts';
export default simulationOptions(topology, {
  faults: ['crash'],
  steps: 1000,
  repeat: 0,
  ledger: () => ({ given: 0, kept: 0, heldBack: 0 }),
  begin: ({ ledger }) => { MEND ledger.heldBack = 0; },
  operations: {
    give: ({ ledger, chance }) => {
      ledger.given += 1;
      if (chance(8)) ledger.heldBack += 1;
      else ledger.kept += 1;
    },
  },
  invariants: {
    'nothing is lost': ({ ledger: { given, kept, heldBack } }) => {
      if (given !== kept + heldBack) throw new Error('of ' + given + ' one is lost');
    },
  },
});
`;
const losing = simulation.replace('MEND', '');
const mended = simulation.replace('MEND', 'ledger.kept += ledger.heldBack;');

describe('simulate', { timeout: 120_000 }, () => {
  test('runs tasks that take no input without being told of any', async () => {
    const { status, stdout, stderr } = await troupe(['simulate', 't.ts', '--seeds', '2', '--steps', '200'], {
      cwd: await folderWith({ 't.ts': topology }),
    });
    expect(stderr).toMatch(/^No simulation\.ts: .*\n(?:\d of 2 seeds, .*\n)*2 seeds in [\d. ms]+\.\n$/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 seeds, 1 of them twice with the same trace; [\d,]+ steps; .* of simulated time; /);
    expect(stdout).toMatch(/^operation +begun +refused\n(?:parcel|letter) +\d+ +\d+\n(?:parcel|letter) +\d+ +\d+$/m);
    expect(stdout).toMatch(/Topology 'small': 2 seeds passed\.\n$/);
  });

  test('a loss is found, printed with what replays it, kept, and replayed until it is mended', async () => {
    const cwd = await folderWith({ 't.ts': topology, 'simulation.ts': losing });
    const found = await troupe(['simulate', 't.ts', '--seeds', '20', '--out', 'kept/lost one.json'], { cwd });
    expect(found.status).toBe(1);
    expect(found.stderr).toMatch(/^Simulation from simulation\.ts\.\n/);
    expect(found.stderr).toMatch(/seed \d+ fails: nothing is lost; making it smaller …\n/);
    expect(found.stderr).toMatch(/Wrote the run that failed to kept\/lost one\.json\.\n$/);
    expect(found.stdout).toMatch(/✗ seed \d+: nothing is lost\n  Error: of \d+ one is lost\n/);
    expect(found.stdout).toMatch(/ 3 decisions, made smaller from \d+ in \d+ runs\n/);
    expect(found.stdout).toContain("\n    npx troupe simulate t.ts --replay 'kept/lost one.json'\n");
    expect(found.stdout).not.toContain('simulation/one-run');
    const kept = JSON.parse(await readFile(join(cwd, 'kept/lost one.json'), 'utf8')) as { decisions: string[] };
    expect(kept).toMatchObject({ format: 1, topology: 'small', invariant: 'nothing is lost' });
    expect(kept.decisions).toHaveLength(3);

    const words = ['simulate', 't.ts', '--replay', 'kept/lost one.json'];
    const again = await troupe(words, { cwd });
    expect(again.status).toBe(1);
    expect(again.stdout).toContain('nothing is lost');
    const other = await folderWith({ 't.ts': topology, 'simulation.ts': mended, 'kept.json': JSON.stringify(kept) });
    const holds = await troupe(['simulate', 't.ts', '--replay', 'kept.json'], { cwd: other });
    expect({ status: holds.status, stderr: holds.stderr }).toEqual({
      status: 0,
      stderr: 'Simulation from simulation.ts.\n',
    });
    expect(holds.stdout).toMatch(/one seed passed\.\n$/);
  });

  test('the command that is printed sees the same again, and so does the data', async () => {
    const cwd = await folderWith({ 't.ts': topology, 'other.ts': losing });
    const words = ['simulate', 't.ts', '--simulation', 'other.ts', '--seeds', '20', '--no-shrink'];
    const { stdout } = await troupe(words, { cwd });
    const [, line = ''] = /to see it again\n +npx troupe (.*)\n/.exec(stdout) ?? [];
    expect(line).toMatch(/^simulate t\.ts --simulation other\.ts --seed \d+ --steps 1000 --faults crash$/);
    const again = await troupe([...line.split(' '), '--json', '--no-shrink'], { cwd });
    expect(again.status).toBe(1);
    const data = JSON.parse(again.stdout) as { readonly failure: { readonly step: number; readonly seed: number } };
    expect(data.failure).toMatchObject({ command: `npx troupe ${line}`, invariant: 'nothing is lost' });
    expect(stdout).toContain(`✗ seed ${data.failure.seed}:`);
    expect(stdout).toMatch(new RegExp(`step +${data.failure.step}$`, 'm'));
  });

  test('nothing is written where nothing fails', async () => {
    const cwd = await folderWith({ 't.ts': topology, 'simulation.ts': mended });
    const { status, stderr } = await troupe(['simulate', 't.ts', '--seed', '7', '--out', 'lost.json'], { cwd });
    expect(status).toBe(0);
    expect(stderr).toMatch(/1 seed in .*\.\nNothing failed, so nothing was written to lost\.json\.\n$/);
    await expect(access(join(cwd, 'lost.json'))).rejects.toThrow('ENOENT');
  });

  test('told to stop, it ends after the present seed and tells of the seeds so far', async () => {
    const cwd = await folderWith({ 't.ts': topology, 'simulation.ts': mended });
    const command = start(['simulate', 't.ts', '--seeds', '1000000'], { cwd });
    await command.said(/of 1000000 seeds/);
    command.child.kill('SIGINT');
    const { status, stdout, stderr } = await command.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('stops after this seed');
    expect(stdout).toMatch(/Topology 'small': [\d,]+ seeds? passed\.\n$/);
  });

  test.each(['support-desk', 'audit'])('the %s passes with the simulation beside it', async (name) => {
    const file = join(repository, 'docs/examples', name, 'topology.ts');
    const { status, stdout } = await troupe(['simulate', file, '--seeds', '2', '--steps', '500'], {
      cwd: repository,
    });
    expect(stdout).toMatch(/2 seeds passed\.\n$/);
    expect(status).toBe(0);
  });
});

describe('mistakes', { timeout: 60_000 }, () => {
  test.each([
    [['simulate'], "missing required argument 'topology'"],
    [['simulate', 'none.ts'], "there is no file 'none.ts'"],
    [['simulate', 't.ts'], "nobody says what 'small' is to be given"],
    [['simulate', 't.ts', '--simulation', 'none.ts'], "--simulation: there is no file 'none.ts'"],
    [['simulate', 't.ts', '--simulation', 'list.ts'], 'list.ts has no simulation: its default export is no object.'],
    [['simulate', 't.ts', '--simulation', 'typo.ts'], "Did you mean 'tasks'?"],
    [['simulate', 't.ts', '--simulation', 'broken.ts'], "broken.ts can't be loaded: no luck"],
    [['simulate', 't.ts', '--simulation', 'empty.ts'], 'nothing would be done'],
    [['simulate', 't.ts', '--seeds', '0'], '--seeds is "0"; it takes a whole number from 1 to 4,294,967,295.'],
    [['simulate', 't.ts', '--seed', 'x'], '--seed is "x"; it takes a whole number from 0'],
    [['simulate', 'w.ts', '--faults', 'crsh'], "Did you mean 'crash'?"],
    [['simulate', 'w.ts', '--faults', 'crash=often'], '--faults is "crash=often"'],
    [['simulate', 'w.ts', '--out', '.'], "--out '.' can't be written: it is a folder."],
    [['simulate', 'w.ts', '--replay', 'none.json'], "--replay 'none.json' can't be read"],
    [['simulate', 'w.ts', '--replay', 'w.ts'], 'w.ts is'],
    [['simulate', 'w.ts', '--replay', 'none.json', '--seed', '3'], "it can't go with --seed"],
    [['simulate', 'w.ts', '--sedes', '3'], "unknown option '--sedes'"],
  ])('%j', async (words, message) => {
    const cwd = await folderWith({
      't.ts': withInput,
      'w.ts': workTopology('() => 1'),
      'list.ts': 'export default [];',
      'typo.ts': 'export default { task: { work: () => 1 } };',
      'broken.ts': "throw new Error('no luck');",
      'empty.ts': 'export default {};',
    });
    const { status, stdout, stderr } = await troupe(words, { cwd });
    expect(stderr).toContain(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).not.toMatch(stackLine);
  });

  test('without a simulation it says what to write', async () => {
    const { stderr } = await troupe(['simulate', 't.ts'], { cwd: await folderWith({ 't.ts': withInput }) });
    expect(stderr).toContain(
      "    import topology from './t.ts';\n    export default simulationOptions(topology, {\n      tasks: { work:",
    );
  });
});
