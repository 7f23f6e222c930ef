export * from "../catalog.js";
