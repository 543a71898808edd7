// A plan is checked as a whole before its first task starts: a run that fails half-way through because of a misspelt
// need has already cost something. All problems are listed at once. Nothing here runs a user's code or throws,
// whatever the plan is; the plan's functions are called later, when their needs are there.

import { type Duration, toPositiveMs } from '../base/duration.ts';
import { show } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { toPriority } from '../base/priority.ts';
import { isName, nameRule } from './names.ts';
import { type Attempt, attempt, suggestion } from './problems.ts';
import type { Plan } from './resolved.ts';

/** One thing that is wrong with a plan. */
export interface PlanProblem {
  /** Which node, and what of it: `sizes.needs`; empty for the plan as a whole. */
  readonly path: string;
  readonly problem: string;
}

const nodeKeys: readonly string[] = ['type', 'needs', 'each', 'input', 'priority', 'timeout'];

/**
 * Everything that is wrong with a plan.
 *
 * @param plan - What a user's `plan` returned.
 * @param acceptedTypes - The types that the orchestrator's directors accept.
 */
export function checkPlan(plan: unknown, acceptedTypes: Iterable<string>): PlanProblem[] {
  const nodes = attempt(() => readNodes(plan));
  if (!nodes.ok) return [{ path: '', problem: `the plan can't be read: ${nodes.reason}` }];
  if (typeof nodes.value === 'string') return [{ path: '', problem: nodes.value }];
  const problems: PlanProblem[] = [];
  const types = [...acceptedTypes];
  const names = [...nodes.value.keys()];
  for (const [name, node] of nodes.value) checkNode(name, node, names, types, problems);
  const cycle = findCycle(needsOf(nodes.value));
  if (cycle !== undefined)
    problems.push({ path: `${cycle[0] ?? ''}.needs`, problem: `the needs form a cycle: ${cycle.join(' > ')}` });
  return problems;
}

type GivenNode = Readonly<Record<string, unknown>>;

/** The nodes by name, or why there are none. */
function readNodes(plan: unknown): Map<string, Attempt<GivenNode | undefined>> | string {
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan))
    return `the plan is ${show(plan)}, not an object of nodes`;
  if (typeof (plan as { then?: unknown }).then === 'function')
    return 'the plan is a promise; plan has to return its nodes at once';
  const names = Object.keys(plan);
  if (names.length === 0) return 'the plan has no nodes';
  const most = limits.task.planNodes_count;
  if (names.length > most)
    return `the plan has ${names.length} nodes, the most is ${most}; use each for many tasks of one type`;
  return new Map(names.map((name) => [name, attempt(() => readNode((plan as GivenNode)[name]))]));
}

/** A copy of a node, each property read once. */
function readNode(node: unknown): GivenNode | undefined {
  return typeof node === 'object' && node !== null && !Array.isArray(node) ? { ...node } : undefined;
}

function checkNode(
  name: string,
  read: Attempt<GivenNode | undefined>,
  names: readonly string[],
  types: readonly string[],
  problems: PlanProblem[],
): void {
  const note = (key: string, problem: string): void => {
    problems.push({ path: key === '' ? name : `${name}.${key}`, problem });
  };
  if (!isName(name)) note('', `the node's name is ${show(name)}; use ${nameRule}`);
  if (!read.ok) return note('', `can't be read: ${read.reason}`);
  const node = read.value;
  if (node === undefined) return note('', 'is no object with a type');
  for (const key of Object.keys(node)) {
    if (!nodeKeys.includes(key)) note(key, `is no option of a node; ${suggestion(key, nodeKeys)}`);
  }
  if (typeof node['type'] !== 'string') note('type', `is ${show(node['type'])}, not the name of a task type`);
  else if (!types.includes(node['type']))
    note('type', `is ${show(node['type'])}, which no agent accepts; ${suggestion(node['type'], types)}`);
  if (node['each'] !== undefined && typeof node['each'] !== 'function')
    note('each', `is ${show(node['each'])}, not a function of the results`);
  noteThrown(note, 'priority', node['priority'], (value) => toPriority(value, 'priority'));
  noteThrown(note, 'timeout', node['timeout'], (value) => toPositiveMs(value as Duration, 'timeout'));
  checkNeeds(name, node['needs'], names, note);
}

function noteThrown(
  note: (key: string, problem: string) => void,
  key: string,
  value: unknown,
  read: (value: unknown) => unknown,
): void {
  if (value !== undefined && !attempt(() => read(value)).ok)
    note(key, `is ${show(value)}, which is no ${key === 'timeout' ? 'duration' : 'priority from 0 to 10'}`);
}

function checkNeeds(
  name: string,
  needs: unknown,
  names: readonly string[],
  note: (key: string, problem: string) => void,
): void {
  if (needs === undefined) return;
  if (!Array.isArray(needs)) return note('needs', `is ${show(needs)}, not a list of names of nodes`);
  const seen = new Set<unknown>();
  for (const need of needs as readonly unknown[]) {
    if (seen.has(need)) note('needs', `has ${show(need)} twice`);
    else if (need === name) note('needs', 'has the node itself');
    else if (typeof need !== 'string') note('needs', `has ${show(need)}, not the name of a node`);
    else if (!names.includes(need))
      note('needs', `has ${show(need)}, which is no node of the plan; ${suggestion(need, names)}`);
    seen.add(need);
  }
}

type Needs = ReadonlyMap<string, readonly string[]>;

/** The needs that name another node; the rest has been noted. */
function needsOf(nodes: ReadonlyMap<string, Attempt<GivenNode | undefined>>): Needs {
  const needs = new Map<string, string[]>();
  for (const [name, read] of nodes) {
    const given: unknown = read.ok ? read.value?.['needs'] : undefined;
    const list: readonly unknown[] = Array.isArray(given) ? given : [];
    needs.set(name, [
      ...new Set(list.filter((need): need is string => typeof need === 'string' && need !== name && nodes.has(need))),
    ]);
  }
  return needs;
}

/** Nodes in waves: each wave needs only earlier ones. What is left over lies on a cycle or behind one. */
function waves(needs: Needs): { levels: string[][]; rest: Set<string> } {
  const waiting = new Map([...needs].map(([name, list]) => [name, list.length]));
  const followers = new Map<string, string[]>();
  for (const [name, list] of needs) {
    for (const need of list) followers.set(need, [...(followers.get(need) ?? []), name]);
  }
  const levels: string[][] = [];
  let ready = [...needs.keys()].filter((name) => waiting.get(name) === 0);
  while (ready.length > 0) {
    levels.push(ready);
    const next: string[] = [];
    for (const name of ready) {
      waiting.delete(name);
      for (const follower of followers.get(name) ?? []) {
        const left = (waiting.get(follower) ?? 0) - 1;
        waiting.set(follower, left);
        if (left === 0) next.push(follower);
      }
    }
    ready = next;
  }
  return { levels, rest: new Set(waiting.keys()) };
}

/** One cycle, from a node back to itself. Everything left over needs something left over, so a walk must close. */
function findCycle(needs: Needs): string[] | undefined {
  const { rest } = waves(needs);
  const path: string[] = [];
  let [at] = rest;
  while (at !== undefined && !path.includes(at)) {
    path.push(at);
    at = needs.get(at)?.find((need) => rest.has(need));
  }
  return at === undefined ? undefined : [...path.slice(path.indexOf(at)), at];
}

/**
 * The nodes of a checked plan in waves: all of a wave can run at a time, each after everything it needs.
 *
 * Within a wave nodes keep the order of the plan.
 */
export function planLevels(plan: Plan): string[][] {
  return waves(new Map(Object.entries(plan).map(([name, node]) => [name, node.needs ?? []]))).levels;
}

/** The nodes of a checked plan, each after everything it needs. */
export function planOrder(plan: Plan): string[] {
  return planLevels(plan).flat();
}
