// What a listener of one type of event is given: that event, also where one shape stands for several types.

import type { RuntimeEvent, RuntimeEvents } from 'troupe';
import { expectTypeOf, test } from 'vitest';

test('a listener of one type is given the event of that type', () => {
  const listen = (events: RuntimeEvents): void => {
    events.on('runtime.started', (event) => {
      expectTypeOf(event.topology).toEqualTypeOf<string>();
      expectTypeOf(event.type).toEqualTypeOf<'runtime.started'>();
    });
    events.on('actor.crashed', (event) => {
      expectTypeOf(event.incarnation).toEqualTypeOf<number>();
    });
    events.on((event) => {
      expectTypeOf(event).toEqualTypeOf<RuntimeEvent>();
    });
  };
  expectTypeOf(listen).parameter(0).toEqualTypeOf<RuntimeEvents>();
});
