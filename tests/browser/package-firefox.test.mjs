/** The built package in Firefox, driven over WebDriver BiDi. */
import { packageTests } from "./suite/index.mjs";

packageTests("firefox");
