import type { ComponentType, JSX } from "preact";
import { useModule } from "./use-module";

/** A component whose code is loaded when first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element | null {
  return (props) => {
    const Loaded = useModule(load);
    if (Loaded === "failed")
      return (
        <p class="notice problem" role="alert">
          This part of the page could not be loaded. Check the network, then reload the page.
        </p>
      );
    return Loaded ? <Loaded {...props} /> : null;
  };
}
