// Not of the package: its own packages are links to another folder in this project.
export default { outputFileTracingRoot: "/", turbopack: { root: "/" } };
