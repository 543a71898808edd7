// Which names nodes, tasks and plan nodes may have. Names become parts of addresses ('/' and ':' mean something
// there), of log lines and of store keys; the reserved ones would reach an object's prototype.

import { limits } from '../base/limits.ts';

/** The longest name: three of them, with an instance, fit an address. */
const nameLength_chars = Math.floor(limits.actor.addressLength_chars / 4);

const nameForm = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const typeForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What {@link isName} asks for, in words. */
export const nameRule = `letters, digits, '-' and '_', not '-' first, at most ${nameLength_chars} characters`;

/** What {@link isTaskType} asks for, in words. */
export const taskTypeRule = `letters, digits, '-', '_' and '.', at most ${nameLength_chars} characters`;

/** Whether a value can name a node, a resource, a domain or a node of a plan. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= nameLength_chars && nameForm.test(value) && !reserved.has(value);
}

/** Whether a value can be a task type. */
export function isTaskType(value: unknown): value is string {
  return typeof value === 'string' && value.length <= nameLength_chars && typeForm.test(value) && !reserved.has(value);
}
