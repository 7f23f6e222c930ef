// Helpers for tests in a page or worker; they work without the package loaded.

/** Violations of the Content-Security-Policy. */
globalThis.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective}: ${blockedURI}`),
);

/** Converts an error to plain data that can be returned to the test. */
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

/** Resolves with a promise's outcome as plain data. */
globalThis.settled = async (promise) => {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: plain(error) };
  }
};

/** Waits until `condition` holds; ended by the test's own time limit. */
globalThis.until = async (condition) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Loads the package on first use. */
globalThis.pkg = () => import("/pkg/index.js");
