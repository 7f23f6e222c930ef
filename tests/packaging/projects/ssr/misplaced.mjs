// A build for a server that took the entry for browsers.
const { file, given } = JSON.parse(process.env.GIVEN);
const { connect } = await import(file);
const { name, code, message } = await connect(given.options).catch((error) => error);
console.log(JSON.stringify({ name, code, message }));
