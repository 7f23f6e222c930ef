/** Counts a simulator's connections below Socket.IO. */

/**
 * `opened` is the number of WebSockets opened since this call. It may be less than `sim.stats().connections`, because a
 * Socket.IO 2 server counts a WebSocket twice if the client's CONNECT crosses its own, as happens on a busy machine.
 * @param {{ io: any }} sim
 */
export function transports({ io }) {
  const counts = { opened: 0 };
  io.engine.on("connection", () => counts.opened++);
  return counts;
}
