// Draws the README's bar chart of the cost per sample from a run's JSON. It is legible on light and dark pages.

const WIDTH = 720;
const LEFT = 250;
const RIGHT = 90;
const BAR = 22;
const GAP = 8;
const TOP = 64;
/** Colours that are legible on both backgrounds. @type {Record<string, string>} */
const COLOURS = { series: "#0d9488", objects: "#2563eb", floor: "#94a3b8", "socket.io-client": "#d97706" };
/** @type {Record<string, string>} */
const LABELS = {
  series: "ardexa-client, series",
  objects: "ardexa-client, objects",
  floor: "JSON.parse and a Map, no client",
  "socket.io-client": "socket.io-client",
};

/** @param {any} run the output of `--json` @returns {string} */
export function chart({ machine, results }) {
  const one = results.receive.cases.find(
    (/** @type {any} */ { payload, feeds }) => payload === "sample" && feeds === 100,
  );
  const bars = Object.keys(LABELS)
    .filter((name) => one.ns[name])
    .map((name) => ({ name, ns: one.ns[name].median }));
  const longest = Math.max(...bars.map(({ ns }) => ns));
  const height = TOP + bars.length * (BAR + GAP) + 34;
  const rows = bars.map(({ name, ns }, n) => {
    const y = TOP + n * (BAR + GAP);
    const width = (((WIDTH - LEFT - RIGHT) * ns) / longest).toFixed(1);
    return `  <text x="${LEFT - 10}" y="${y + 16}" text-anchor="end">${LABELS[name]}</text>
  <rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="3" fill="${COLOURS[name]}"/>
  <text x="${(LEFT + Number(width) + 8).toFixed(1)}" y="${y + 16}">${(ns / 1000).toFixed(2)} µs</text>`;
  });
  const title = `Cost of one feed sample of ${results.receive.sampleBytes} bytes, 100 feeds`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(`${title}: ${bars.map(({ name, ns }) => `${LABELS[name]} ${(ns / 1000).toFixed(2)} µs`).join(", ")}`)}">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #1e293b }
    .small { font-size: 12px; fill: #64748b }
    @media (prefers-color-scheme: dark) { text { fill: #e2e8f0 } .small { fill: #94a3b8 } }
  </style>
  <text x="10" y="24" font-weight="600">${escape(title)}</text>
  <text x="10" y="44" class="small">microseconds from the socket's message event to the listener or the columns; less is better</text>
${rows.join("\n")}
  <text x="10" y="${height - 10}" class="small">${escape(`Node ${machine.node}, ${machine.cpu}, socket.io-client ${machine["socket.io-client"]}`)}</text>
</svg>
`;
}

/** @param {string} text */
const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
