// What the tests need in a page (and in a worker), whether or not the package is loaded.

/** Breaches of the Content-Security-Policy. */
globalThis.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective}: ${blockedURI}`),
);

/** An error as plain data, for the way back to the test. */
globalThis.plain = (error) => ({
  isError: error instanceof Error,
  name: error?.name,
  message: String(error?.message ?? error),
  code: error?.code,
  data: error?.data,
  event: error?.event,
  requestId: error?.requestId,
  cause: error?.cause === undefined ? undefined : String(error.cause),
});

/** How a promise ends, as plain data. */
globalThis.told = async (promise) => {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: plain(error) };
  }
};

/** Waits until `condition` holds. The test's own limit ends a wait in vain. */
globalThis.until = async (condition) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** The package, loaded when first asked for. */
globalThis.pkg = () => import("/pkg/index.js");
