let lastId = 0;
/** An id that no other element has. */
export const freshId = (prefix: string) => `${prefix}-${++lastId}`;
