// What goes into the desk and what comes out, as zod schemas. The machine and the agents take their types from here.

import { z } from 'zod';

/** A customer's question. */
export const Ticket = z.object({
  customer: z.string().min(1),
  question: z.string().min(1),
  urgent: z.boolean().default(false),
});
export type Ticket = z.infer<typeof Ticket>;

/** What the customer is told. */
export const Resolution = z.object({
  answer: z.string(),
  by: z.enum(['frontline', 'expert']),
  /** Why the front line did not answer; absent where it did. */
  escalated: z.string().optional(),
});
export type Resolution = z.infer<typeof Resolution>;

/** What an expert gets. */
export const Investigation = z.object({ question: z.string(), why: z.string() });
