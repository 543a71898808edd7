// What the runtime tells its own actors behind the kernel's back door: that work has ended, that a retry is due,
// that an agent is down. Drivers take such events in this form only, so nobody who has the address of an actor can
// forge the end of its work.

/** An event of the runtime's own for one of its machines. */
export class InsideEvent {
  readonly type: string;
  readonly [field: string]: unknown;

  constructor(fields: { readonly type: string; readonly [field: string]: unknown }) {
    this.type = fields.type;
    Object.assign(this, fields);
  }
}
