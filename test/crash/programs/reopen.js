// Opens a store that a killed process has left behind, lets the runtime recover, and stops: what gets killed in turn.

import { writeSync } from 'node:fs';
import { createRuntime } from 'troupe';
import { adder, topology } from './world.js';

const [folder] = process.argv.slice(2);
const runtime = await createRuntime(topology, { store: folder });
await runtime.start();
runtime.spawn(adder, { id: 'counter', durable: true });
await runtime.committed();
await runtime.stop();
writeSync(1, 'end\n');
