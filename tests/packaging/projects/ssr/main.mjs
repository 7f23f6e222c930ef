const { file, given } = JSON.parse(process.env.GIVEN);
const { run } = await import(file);
console.log(JSON.stringify(await run(given)));
