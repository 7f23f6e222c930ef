/** Counts a simulator's connections below Socket.IO. */

/**
 * `opened` counts the WebSockets since this call. `sim.stats().connections` is no measure of them: a Socket.IO 2 server
 * counts one WebSocket twice if the client's CONNECT crosses its own, which happens on a busy machine.
 * @param {{ io: any }} sim
 */
export function transports({ io }) {
  const counts = { opened: 0 };
  io.engine.on("connection", () => counts.opened++);
  return counts;
}
