// The entry `ardexa-client/catalog`, of which scripts/bundle/ makes a file for each kind of import.
export { listDevices } from "./catalog/directory.js";
export { askDevice, readLog } from "./catalog/device.js";
export { mergeSources } from "./catalog/scenarios.js";
