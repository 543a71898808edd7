// One thing after the other, each begun when the one before says it is done, at once or later. A loop and not a
// recursion: ten thousand actors start or stop without growing the stack, and whoever needn't wait pays no promise.

/**
 * Calls `act` for each item in order; an `act` that never calls `next` ends the series.
 *
 * @param then - Follows the last item.
 */
export function inTurn<Item>(
  items: readonly Item[],
  act: (item: Item, next: () => void) => void,
  then: () => void,
): void {
  let index = 0;
  let looping = false;
  let ready = false;
  const pump = (): void => {
    ready = true;
    if (looping) return;
    looping = true;
    while (ready) {
      ready = false;
      const item = items[index];
      index += 1;
      if (index <= items.length) act(item as Item, pump);
      else then();
    }
    looping = false;
  };
  pump();
}
