// Gives every actor its role. In a topology a node with a machine of its own is played by it, a node that only passes
// tasks on by the director machine of the product, and everything else, which runs code, by what its answers may be.

import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { directorMachine } from '../../../machines/director.ts';
import { limits } from '../../base/limits.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { nodesOf } from '../../topology/addresses.ts';
import { isMachine } from '../../topology/draw/statechart.ts';
import { suggestion } from '../../topology/problems.ts';
import type { ResolvedAgent, ResolvedAny, ResolvedDirector, ResolvedTopology } from '../../topology/resolved.ts';
import { agentRole, Cast, machineRole } from './cast.ts';
import type { AnyProductOptions } from './options.ts';
import type { Role } from './roles.ts';
import { routerDriver } from './router.ts';
import type { ActorMachines } from './view.ts';

/** The cast of some machines, with the agents that the options add. */
export function castOfMachines(machines: ActorMachines, options: AnyProductOptions): Cast {
  const roles = new Map<string, Role>();
  for (const [address, machine] of Object.entries(machines)) {
    if (typeof machine !== 'object' || machine === null || !isMachine(machine))
      throw new InvalidOptionError(`actors['${address}']`, machine, 'a state machine');
    roles.set(address, ownMachine(address, machine, options, { isPermanent: false, label: 'a machine' }));
  }
  for (const [address, answers] of Object.entries(options.agents ?? {}))
    roles.set(address, agentRole(address, 'an agent, by its answers', answers));
  return castOf(roles, options);
}

/** The cast of a topology. @throws INVALID_OPTION when `agents` or `machines` name a node that is played otherwise. */
export function castOfTopology(topology: ResolvedTopology, options: AnyProductOptions): Cast {
  const nodes = [...nodesOf(topology)];
  const roles = new Map(nodes.map((node) => [node.address, roleOf(node, options)]));
  const played = (type: Role['type']): string[] =>
    [...roles].flatMap(([address, role]) => (role.type === type ? [address] : []));
  const check = (field: string, given: object, known: readonly string[], what: string): void => {
    for (const address of Object.keys(given)) {
      if (!known.includes(address))
        throw new InvalidOptionError(field, address, `${what}. ${suggestion(address, known)}`);
    }
  };
  check('agents', options.agents ?? {}, played('agent'), 'the address of a node that is played by its answers');
  check('machines', options.machines ?? {}, played('machine'), 'the address of a node');
  return castOf(roles, options, topology.limits.delegationDepth);
}

function castOf(roles: ReadonlyMap<string, Role>, options: AnyProductOptions, depth_hops?: number): Cast {
  const { elsewhere = [], logics = {} } = options;
  return new Cast({ roles, elsewhere, logics, ...(depth_hops === undefined ? {} : { depth_hops }) });
}

function ownMachine(
  address: string,
  machine: AnyStateMachine,
  { inputs, invokes, abstract, recover = 'initial' }: AnyProductOptions,
  { isPermanent, label }: { readonly isPermanent: boolean; readonly label: string },
): Role {
  return machineRole({
    name: address,
    label,
    machine,
    input: inputs?.[address],
    invokes: invokes?.[address],
    abstract: abstract?.[address],
    recover,
    isPermanent,
  });
}

function roleOf(node: ResolvedAny, options: AnyProductOptions): Role {
  const { address, kind } = node;
  const machine = options.machines?.[address] ?? node.machine;
  if (machine !== undefined && isMachine(machine)) {
    const label = machine === node.machine ? 'its own machine' : 'a machine that was given';
    return ownMachine(address, machine, options, { label, isPermanent: node.child === 'permanent' });
  }
  if (
    node.machine === undefined &&
    kind !== 'agent' &&
    node.run === undefined &&
    !('plan' in node && node.plan !== undefined)
  ) {
    return passingOn(node, kind === 'director' ? node.agents : node.directors, options);
  }
  const what = kind === 'agent' ? 'an agent' : `${kind === 'director' ? 'a director' : 'an orchestrator'} with code`;
  return agentRole(address, `${what}, by its answers`, options.agents?.[address]);
}

function passingOn(
  node: Exclude<ResolvedAny, ResolvedAgent>,
  below: readonly (ResolvedDirector | ResolvedAgent)[],
  { recover = 'initial', abstract }: AnyProductOptions,
): Role {
  const { address, route } = node;
  const members = below.map(({ name, address: at, accepts, timeoutMs }) => ({ name, address: at, accepts, timeoutMs }));
  const queue = limits.topology.directorQueue_tasks;
  const agents = below.map((member) => ({
    address: member.address,
    accepts: member.accepts,
    capacity: member.kind === 'agent' ? member.instances : queue,
  }));
  return machineRole({
    name: address,
    label: 'the director machine',
    machine: directorMachine,
    input: { agents, queue },
    abstract: abstract?.[address] ?? routing,
    driver: routerDriver({ address, members, route }),
    recover,
    isPermanent: node.child === 'permanent',
  });
}

/** What of a director matters for what it does next: not how many tasks it has had. */
function routing({ context }: AnyMachineSnapshot): unknown {
  const { agents, waiting, delegated } = context as {
    readonly agents: unknown;
    readonly waiting: unknown;
    readonly delegated: unknown;
  };
  return { agents, waiting, delegated };
}
