/** Lists have one tab stop: arrows, Home and End move the focus among their items. */

/** The item that the focus goes to by this key, if any. */
export function itemAfter<T>(items: readonly T[], at: number, key: string): T | undefined {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  if (to === undefined || items.length === 0) return undefined;
  return items[Math.max(0, Math.min(items.length - 1, to))];
}

/** Whether the key is one for a list, and not for the browser. */
export const isPlain = (event: KeyboardEvent) => !event.ctrlKey && !event.metaKey && !event.altKey;
