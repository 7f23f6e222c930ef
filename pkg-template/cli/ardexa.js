#!/usr/bin/env node
// The package's `bin`, installed as `ardexa` and `ardexa-client`.
import { main } from "./main.js";

await main(process.argv.slice(2));
