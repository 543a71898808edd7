// What a simulated disk does wrong, one fault at a time, by script: and what the store on it makes of that.

import { expect, test } from 'vitest';
import { Decisions } from '../../src/testing/world/decisions.ts';
import { SimulatedDisk } from '../../src/testing/world/disk.ts';
import { DiskWorld, fault, pair, scripted } from './disk-kit.ts';

test('a commit is answered after its sync, and read from then on', async () => {
  const world = scripted({}, fault('disk.latency', 3));
  const store = await world.open();
  let isLanded = false;
  void store.commit(pair(1)).then(() => (isLanded = true));
  await world.clock.advance(2);
  expect([isLanded, store.get('a'), store.version('a')]).toEqual([false, undefined, 1]);
  await world.clock.advance(1);
  expect([isLanded, store.get('a')?.version]).toEqual([true, 1]);
});

test('without latency a commit still takes a turn', async () => {
  const world = scripted({});
  const store = await world.open();
  let isLanded = false;
  void store.commit(pair(1)).then(() => (isLanded = true));
  await world.clock.drain();
  expect(isLanded).toBe(false);
  await world.clock.settle();
  expect(isLanded).toBe(true);
});

test('a delayed write takes long, and what is called after it lands after it', async () => {
  const world = scripted({ delayed: 9 }, fault('delayed'), fault('delay', 900));
  const store = await world.open();
  const landed: number[] = [];
  void store.commit(pair(1)).then(() => landed.push(1));
  void store.commit(pair(2)).then(() => landed.push(2));
  await world.clock.advance(999);
  expect(landed).toEqual([]);
  await world.clock.advance(1);
  expect(landed).toEqual([1, 2]);
  expect([...world.disk.injected]).toEqual([['delayed', 1]]);
});

test.each([
  ['a kill leaves a write that has begun', 'kill', {}, [], 2],
  ['a kill comes before a write has begun', 'kill', {}, [fault('disk.killed')], 1],
  ['a power cut leaves what the system has written by itself', 'power', { lost: 9 }, [], 2],
  ['a power cut loses what is not synced', 'power', { lost: 9 }, [fault('lost')], 1],
  ['a write is cut to nothing', 'power', { torn: 9 }, [fault('torn')], 1],
  ['a write is cut in its middle', 'power', { torn: 9 }, [fault('torn'), fault('part', 500)], 1],
  ['a write has a sector of garbage at its head', 'power', { torn: 9 }, [fault('torn'), fault('tear')], 1],
  [
    'a write has a sector of garbage within',
    'power',
    { torn: 9 },
    [fault('torn'), fault('tear'), fault('sector', 1)],
    1,
  ],
] as const)('%s: the next life finds all of it or nothing', async (_name, how, faults, script, found) => {
  const world = scripted(faults, fault('disk.latency', 3, 2), ...script);
  let store = await world.open();
  expect(await world.outcome(store.commit(pair(1)))).toBe('landed');
  let isAnswered = false;
  const answered = (): void => void (isAnswered = true);
  store.commit(pair(2)).then(answered, answered);
  await world.clock.advance(2);
  store = await world.crash(how);
  expect(['a', 'b'].map((key) => store.get(key)?.value)).toEqual(pair(found).map(({ value }) => value));
  expect(world.damage).toEqual([]);
  expect((await store.verify()).damaged).toBe(0);
  expect(world.disk.injected.size).toBe('lost' in faults && found === 1 ? 1 : 'torn' in faults ? 1 : 0);
  expect(await world.outcome(store.commit(pair(3)))).toBe('landed');
  expect(store.get('a')?.version).toBe(found + 1);
  expect(isAnswered).toBe(false); // nobody is there to be told
});

test('what was synced survives every crash, whatever is decided', async () => {
  const world = new DiskWorld({ lost: 1, torn: 1 }, new Decisions(5));
  let store = await world.open();
  for (let n = 1; n <= 20; n++) {
    expect(await world.outcome(store.commit(pair(n)))).toBe('landed');
    store = await world.crash(n % 2 === 0 ? 'kill' : 'power');
    expect(store.get('b')).toMatchObject({ version: n, value: { n } });
  }
  expect(world.disk.injected.size).toBe(0); // nothing was under way
});

test('a full disk refuses what comes after, too, until it has been opened again as often as was decided', async () => {
  const world = scripted({ full: 9 }, fault('full', 1, 2), fault('refusals', 2), fault('landed'), fault('part', 300));
  const store = await world.open();
  expect(await world.outcome(store.commit(pair(1)))).toBe('landed');
  const second = store.commit(pair(2));
  const third = store.commit(pair(3));
  expect(await Promise.all([world.outcome(second), world.outcome(third)])).toEqual(['STORE_FULL', 'STORE_FULL']);
  expect(await world.outcome(store.commit(pair(4)))).toBe('STORE_FULL');
  expect(store.get('a')?.version).toBe(1);
  expect(await world.outcome(store.reopen())).toBe('STORE_FULL');
  expect(await world.outcome(store.reopen())).toBe('STORE_FULL');
  expect(await world.outcome(store.reopen())).toBe('landed');
  expect(await world.outcome(store.commit(pair(5)))).toBe('landed');
  expect(store.get('a')).toMatchObject({ version: 2, value: { n: 5 } });
  expect([...world.disk.injected]).toEqual([['full', 1]]);
});

test('what a full disk has refused has not landed, whatever else is decided', async () => {
  const world = scripted({ full: 9 }, fault('full'), fault('landed', 2));
  const store = await world.open();
  expect(await world.outcome(store.commit(pair(1)))).toBe('STORE_FULL');
  expect(await world.outcome(store.reopen())).toBe('landed');
  expect([...store.keys('')]).toEqual([]);
});

test.each([
  ['has not landed', [], 1],
  ['has landed in part, which is nothing', [fault('landed', 1), fault('part', 700)], 1],
  ['has landed', [fault('landed', 2)], 2],
] as const)('a write that a broken disk has refused %s', async (_name, script, found) => {
  const world = scripted({ broken: 9 }, fault('broken', 1, 2), ...script);
  const store = await world.open();
  expect(await world.outcome(store.commit(pair(1)))).toBe('landed');
  expect(await world.outcome(store.commit(pair(2)))).toBe('STORE_UNAVAILABLE');
  expect(store.get('a')?.version).toBe(1);
  expect(await world.outcome(store.reopen())).toBe('landed');
  expect(['a', 'b'].map((key) => store.get(key)?.value)).toEqual(pair(found).map(({ value }) => value));
});

test('an outage outlives the process, and ends when the disk is healed', async () => {
  const world = scripted({ full: 9 }, fault('full'), fault('refusals', 3));
  expect(await world.outcome((await world.open()).commit(pair(1)))).toBe('STORE_FULL');
  const store = await world.crash('kill');
  expect(await world.outcome(store.commit(pair(1)))).toBe('STORE_FULL');
  world.disk.heal();
  expect(await world.outcome(store.reopen())).toBe('landed');
  expect(await world.outcome(store.commit(pair(1)))).toBe('landed');
});

test('a disk that is healed does nothing wrong any more', async () => {
  const world = new DiskWorld({ lost: 1, torn: 1, flipped: 1, delayed: 1, full: 1, broken: 1 }, new Decisions(3));
  world.disk.heal();
  let store = await world.open();
  for (let n = 1; n <= 10; n++) expect(await world.outcome(store.commit(pair(n)))).toBe('landed');
  store = await world.crash('power');
  expect(store.get('a')?.version).toBe(10);
  expect([world.damage, world.disk.injected.size]).toEqual([[], 0]);
});

test('a flipped bit stays where it is, is found, and the newest whole version is served', async () => {
  const world = scripted({ flipped: 9 }, fault('flipped'), fault('bit', 800));
  let store = await world.open();
  expect(await world.outcome(store.commit([{ key: 'a', value: 'x'.repeat(200) }]))).toBe('landed');
  for (let times = 0; times < 2; times++) {
    expect(store.get('a')).toBeUndefined(); // only its current version is kept
    expect([...store.scan('a')].map((each) => each.value())).toEqual([undefined]);
    store = await world.crash('kill');
  }
  expect(world.damage).toMatchObject([1, 2].map(() => ({ key: 'a', version: 1, served: undefined })));
  expect([...world.disk.injected]).toEqual([['flipped', 1]]);
  expect(await world.outcome(store.commit([{ key: 'a', value: 1 }]))).toBe('landed');
  expect(store.get('a')).toMatchObject({ version: 2, value: 1 });
});

test('what is in use is counted, and what is deleted is in use no more', async () => {
  const world = scripted({});
  const store = await world.open();
  expect(await world.outcome(store.commit([{ key: 'a', value: 1 }]))).toBe('landed');
  const { used_bytes } = store.stats();
  expect(used_bytes).toBeGreaterThan(30);
  expect(await world.outcome(store.commit([{ key: 'b', value: 'x'.repeat(500) }]))).toBe('landed');
  expect(store.stats().used_bytes).toBeGreaterThan(used_bytes + 500);
  for (const value of ['x', undefined]) expect(await world.outcome(store.commit([{ key: 'b', value }]))).toBe('landed');
  expect(store.stats().used_bytes).toBe(used_bytes);
});

test('one process has a disk open at a time', async () => {
  const world = scripted({});
  const store = await world.open();
  await expect(world.open()).rejects.toThrow('crashed or closed');
  await store.close();
  await (await world.open()).close();
});

test.each([
  [{ tron: 1 } as object, 'faults is "tron"'],
  [{ torn: 0.5 }, 'faults.torn is 0.5'],
  [{ lost: -1 }, 'faults.lost is -1'],
])('faults that there are not are refused: %j', (faults, message) => {
  expect(() => new SimulatedDisk({ decisions: new Decisions(1), faults })).toThrow(message);
});

test('the same seed makes the same disk', async () => {
  const run = async (seed: number): Promise<unknown> => {
    const world = new DiskWorld({ lost: 2, torn: 2, flipped: 9, delayed: 5, full: 9, broken: 9 }, new Decisions(seed));
    let store = await world.open();
    const outcomes: unknown[] = [];
    for (let n = 1; n <= 30; n++) {
      outcomes.push(await world.outcome(n % 7 === 0 ? store.reopen() : store.commit(pair(n))), store.get('a')?.value);
      if (n % 10 === 0) store = await world.crash('power');
    }
    return { outcomes, damage: world.damage, injected: [...world.disk.injected] };
  };
  expect(await run(1)).toEqual(await run(1));
  expect(await run(1)).not.toEqual(await run(2));
});
