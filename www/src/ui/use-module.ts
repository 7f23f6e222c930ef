import { useEffect, useState } from "preact/hooks";

/** Loads code with the first component that needs it; `undefined` until loaded. */
export function useModule<T>(load: () => Promise<T>): T | "failed" | undefined {
  const [module, setModule] = useState<T | "failed">();
  useEffect(
    () =>
      void load().then(
        (loaded) => setModule(() => loaded),
        () => setModule("failed"),
      ),
    [],
  );
  return module;
}
