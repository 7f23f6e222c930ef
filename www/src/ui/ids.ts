let lastId = 0;
/** Returns a unique element id. */
export const freshId = (prefix: string) => `${prefix}-${++lastId}`;
