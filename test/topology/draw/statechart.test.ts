// Reading machines into the neutral model.
import { createMachine, fromPromise } from 'xstate';
import { expect, test } from 'vitest';
import {
  isMachine,
  readStatechart,
  type ChartState,
  type ChartTransition,
} from '../../../src/topology/draw/statechart.ts';
import { actionName, delayText, guardName } from '../../../src/topology/draw/logic-names.ts';
import { fetching, hundred, inline, player, single } from './sample-machines.ts';

const chart = readStatechart(fetching);

function at(id: string, from: ChartState = chart.root): ChartState {
  const found = [from, ...all(from)].find((state) => state.id === id);
  if (found === undefined) throw new Error(`no state ${id}`);
  return found;
}

function all(state: ChartState): readonly ChartState[] {
  return state.states.flatMap((child) => [child, ...all(child)]);
}

function of(transitions: readonly ChartTransition[], source: string, event: string): readonly ChartTransition[] {
  return transitions.filter((transition) => transition.source === source && transition.event === event);
}

test('states keep their nesting, kinds, tags and initial states', () => {
  expect(chart.id).toBe('fetching');
  expect(chart.root.states.map(({ key }) => key)).toEqual(['idle', 'working', 'paused', 'shown', 'failed', 'stopped']);
  expect(at('fetching.working')).toMatchObject({
    type: 'compound',
    initial: { target: 'fetching.working.loading', actions: [] },
  });
  expect(at('fetching.working.loaded').type).toBe('final');
  expect(at('fetching.idle').tags).toEqual(['quiet']);
  expect(at('player.on', readStatechart(player).root).type).toBe('parallel');
});

test('history states tell their depth and where they lead at first', () => {
  expect(at('fetching.working.resume').history).toEqual({ depth: 'deep', fallback: ['fetching.working.waiting'] });
  expect(at('player.on.picture.last', readStatechart(player).root).history).toEqual({ depth: 'shallow', fallback: [] });
});

test('entry and exit actions are the machine’s own, without the timers of `after`', () => {
  expect(at('fetching.working.loading').entry).toEqual(['remember', 'raise slow after 5 s']);
  expect(at('fetching.working.waiting').entry).toEqual([]);
  expect(at('fetching.working').exit).toEqual(['cancel slow']);
});

test('delayed, eventless, wildcard, done and error transitions read as sentences', () => {
  const { transitions } = chart;
  expect(of(transitions, 'fetching.working.loading', 'after 500 ms')).toMatchObject([
    { trigger: 'after', targets: [], actions: ['report'] },
  ]);
  expect(of(transitions, 'fetching.working.waiting', 'after backoff')).toHaveLength(1);
  expect(of(transitions, 'fetching.working.waiting', 'after 1 min')).toMatchObject([{ targets: ['fetching.failed'] }]);
  expect(of(transitions, 'fetching.shown', 'always')).toMatchObject([{ trigger: 'always', guard: '!online' }]);
  expect(of(transitions, 'fetching.paused', 'any other event')).toMatchObject([
    { trigger: 'wildcard', internal: true },
  ]);
  expect(of(transitions, 'fetching.working', 'done')).toMatchObject([{ trigger: 'done', targets: ['fetching.shown'] }]);
  expect(of(transitions, 'fetching.working.loading', 'done: fetchUser')).toMatchObject([{ actions: ['assign user'] }]);
  expect(of(transitions, 'fetching.working.loading', 'error: fetchUser')).toMatchObject([
    { guard: 'canRetry', targets: ['fetching.working.waiting'], actions: ['assign tries, user'] },
    { targets: ['fetching.failed'], actions: ['report', 'log'] },
  ]);
});

test('internal says that the source itself is neither left nor entered', () => {
  const { transitions } = chart;
  expect(of(transitions, 'fetching', 'job.stop')).toMatchObject([{ internal: true, targets: ['fetching.stopped'] }]);
  expect(of(transitions, 'fetching.working', 'job.again')).toMatchObject([{ internal: false, reenter: true }]);
  expect(of(transitions, 'fetching.working', 'job.pause')).toMatchObject([{ internal: false, reenter: false }]);
  expect(of(transitions, 'fetching.paused', 'job.start')).toMatchObject([{ internal: true, targets: [], actions: [] }]);
});

test('a transition with several targets keeps them all', () => {
  const [resume] = of(readStatechart(player).transitions, 'player.off', 'power.resume');
  expect(resume?.targets).toEqual(['player.on.sound.loud', 'player.on.picture.sharp']);
});

test('inline functions get the name of their place, creators the name of what they do', () => {
  const { root, transitions } = readStatechart(inline);
  expect(root.invokes).toMatchObject([{ name: 'actor' }]);
  expect(root.states[0]?.entry).toEqual(['action', 'assign', 'emit was.seen', 'send ping to peer', 'spawn']);
  expect(of(transitions, 'inline.a', 'next')).toMatchObject([{ guard: 'guard', actions: ['track', 'named'] }]);
  expect(of(transitions, 'inline', 'done: actor')).toMatchObject([{ actions: ['action'] }]);
  expect(of(transitions, 'inline', 'snapshot: actor')).toHaveLength(1);
});

test('combined guards read as logic', () => {
  const { transitions } = readStatechart(player);
  expect(of(transitions, 'player.on.picture.blurred', 'focus')).toMatchObject([{ guard: 'lit && (near || !far)' }]);
  expect(of(transitions, 'player.on.sound.loud', 'mute')).toMatchObject([{ guard: 'in on.picture.sharp' }]);
});

test('names survive whatever stands in their place', () => {
  expect(guardName(undefined)).toBeUndefined();
  expect(guardName({ type: 'isReady', params: {} })).toBe('isReady');
  expect(actionName(null)).toBe('action');
  expect(actionName(42)).toBe('action');
});

test.each([
  [1, '1 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [1_234, '1234 ms'],
  [60_000, '1 min'],
  [90_000, '1.5 min'],
  [3_600_000, '1 h'],
  ['backoff', 'backoff'],
])('a delay of %s reads as %s', (delay, text) => {
  expect(delayText(delay)).toBe(text);
});

test('a machine of one state, and one of a hundred', () => {
  expect(readStatechart(single).root).toMatchObject({ type: 'atomic', states: [], entry: ['hello'] });
  expect(readStatechart(hundred).root.states).toHaveLength(100);
  expect(readStatechart(hundred).transitions).toHaveLength(110);
});

test('the model is plain data', () => {
  expect(structuredClone(chart)).toEqual(chart);
});

test('a machine is told from other logic', () => {
  expect(isMachine(createMachine({}))).toBe(true);
  expect(isMachine(fromPromise(() => Promise.resolve(1)))).toBe(false);
});
