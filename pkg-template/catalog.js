// The entry `ardexa-client/catalog`, from which scripts/bundle/ builds a file for each kind of import.
export { listDevices } from "./catalog/directory.js";
export { askDevice, readLog } from "./catalog/device.js";
export { mergeSources } from "./catalog/scenarios.js";
