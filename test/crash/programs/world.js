// What the programs that get killed have in common: a topology that only hosts actors, an actor that adds up, and a
// store that kills the process at a named step of a commit.

import { fromTransition } from 'xstate';
import { agent, defineTopology, director, orchestrator } from 'troupe';

/** Hosts what is spawned. */
export const topology = defineTopology({
  name: 'crash',
  orchestrators: {
    main: orchestrator({ directors: { idle: director({ agents: { none: agent({ run: () => 0 }) } }) } }),
  },
});

/** Adds up and keeps what it has added. */
export const adder = fromTransition(
  (state, event) => (event.type === 'add' ? { sum: state.sum + event.n, seen: [...state.seen, event.n] } : state),
  { sum: 0, seen: [] },
);

/** Steps of a commit: before it is handed to the store, after that and before it has landed, and once it has. */
export const steps = ['before', 'called', 'landed'];

/** A store on disk that kills its process the nth time a step is reached. */
export async function killingStore(folder, step, occurrence) {
  const { openStore } = await import('../../../dist/src/store/opening/open.js');
  const { store } = await openStore(folder);
  let count = 0;
  const reached = (name) => {
    if (name !== step) return;
    count += 1;
    if (count === occurrence) process.kill(process.pid, 'SIGKILL');
  };
  const commit = store.commit.bind(store);
  store.commit = async (writes) => {
    reached('before');
    const landed = commit(writes);
    reached('called');
    await landed;
    reached('landed');
  };
  return store;
}
