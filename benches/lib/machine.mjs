// Describes the machine that the figures were measured on.
import { cpus, loadavg, totalmem } from "node:os";
import { socketIoVersion } from "./libraries.mjs";

export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    "socket.io-client": socketIoVersion(),
    loadBefore: Number(loadavg()[0].toFixed(1)),
  };
}
