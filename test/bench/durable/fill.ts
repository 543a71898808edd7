// Fills a store with actors that have handled one message each: `fill.js <folder> <count>`.
import { fillWith } from './peers/troupe.ts';

const [folder = '', known = ''] = process.argv.slice(2);
await fillWith(folder, Number(known));
process.exit(0);
