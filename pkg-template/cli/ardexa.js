#!/usr/bin/env node
// The package's `bin`, under the names `ardexa` and `ardexa-client`.
import { main } from "./main.js";

await main(process.argv.slice(2));
