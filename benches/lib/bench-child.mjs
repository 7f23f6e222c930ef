// One bench in a process of its own, so that none leaves the next one a heap to clean up or code that has seen too much.
process.once("message", async (/** @type {any} */ { file, options }) => {
  const { run } = await import(file);
  const result = await run(options);
  process.send?.(result, () => process.exit(0));
});
