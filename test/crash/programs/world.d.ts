// The types of world.js, for the tests that look at what its programs have left behind.

import type { AnyActorLogic } from 'xstate';
import type { Store, Topology } from 'troupe';

export declare const topology: Topology;
export declare const adder: AnyActorLogic;
export declare const steps: readonly string[];
export declare function killingStore(folder: string, step: string, occurrence: number): Promise<Store>;
