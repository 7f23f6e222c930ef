/** The built package in Chromium. */
import { packageTests } from "./suite/index.mjs";

packageTests("chromium");
