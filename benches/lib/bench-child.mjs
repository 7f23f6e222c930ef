// The child process that child.mjs starts.
process.once("disconnect", () => process.exit(1));
process.once("message", async (/** @type {any} */ { file, name, args }) => {
  const module = await import(file);
  const result = await module[name](...args);
  process.send?.({ result }, () => process.exit(0));
});
