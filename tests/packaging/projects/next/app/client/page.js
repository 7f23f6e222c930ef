"use client";
import * as api from "ardexa-client";
import { useEffect } from "react";
import { exercise } from "../../exercise.mjs";

export default function Page() {
  useEffect(() => {
    globalThis.run = (given) => exercise(api, given);
  }, []);
  return <p>made in the browser: {typeof api.connect}</p>;
}
