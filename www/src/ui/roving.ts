/** Lists have one tab stop: the arrow keys, Home and End move the focus between their items. */

/** The item that this key moves the focus to, if any. */
export function itemAfter<T>(items: readonly T[], at: number, key: string): T | undefined {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  if (to === undefined || items.length === 0) return undefined;
  return items[Math.max(0, Math.min(items.length - 1, to))];
}

/** Whether the list handles the key, and not the browser. */
export const isPlain = (event: KeyboardEvent) => !event.ctrlKey && !event.metaKey && !event.altKey;
