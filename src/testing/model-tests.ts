// The way in: tests of a machine, or of every machine of a topology, made from its state-machine graph. It only tells
// the two apart; it stands alone because both need to be told with their own types.

import type { AnyStateMachine } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { isTopology, type Topology } from '../topology/define.ts';
import { isMachine } from '../topology/draw/statechart.ts';
import { MachineTests } from './machine-tests.ts';
import type { AnyModelOptions, ModelOptions } from './model-options.ts';
import { type TopologyModelOptions, TopologyTests } from './topology-tests.ts';

/**
 * Makes tests from a state-machine graph: one a path, each performed by a real actor on virtual time and held to the
 * model at every step.
 *
 * @param subject - A machine, or a topology: then the machine of every node.
 * @throws INVALID_OPTION when an option is wrong, or when a machine's context has no end and `abstract` is missing.
 *
 * @example
 * ```ts
 * modelTests(doorMachine).register({ describe, test });
 * modelTests(topology, { machines: { 'main/doors': { events } } }).register({ describe, test });
 * ```
 */
export function modelTests<Machine extends AnyStateMachine>(
  subject: Machine,
  options?: ModelOptions<Machine>,
): MachineTests;
export function modelTests(subject: Topology, options?: TopologyModelOptions): TopologyTests;
export function modelTests(
  subject: AnyStateMachine | Topology,
  options: AnyModelOptions | TopologyModelOptions = {},
): MachineTests | TopologyTests {
  if (isTopology(subject)) return new TopologyTests(subject.resolved, options);
  if (typeof subject === 'object' && subject !== null && isMachine(subject)) {
    return new MachineTests(subject, options);
  }
  throw new InvalidOptionError('modelTests', subject, 'a state machine, or what defineTopology() returned');
}
