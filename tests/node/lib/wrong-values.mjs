/** Values of every kind, for arguments that want another. */

/** Throws at any touch. */
const hostile = () => {
  const refuse = () => {
    throw new Error("do not touch");
  };
  return new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refuse])));
};

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** By kind, each with a name for messages. `absent` is undefined, which many arguments take. */
export const VALUES = Object.freeze({
  absent: [["undefined", undefined]],
  null: [["null", null]],
  number: [
    ["0", 0],
    ["1.5", 1.5],
    ["-1", -1],
    ["NaN", NaN],
    ["-Infinity", -Infinity],
  ],
  text: [["a text", "text"]],
  empty: [["an empty text", ""]],
  blank: [["blanks", " \n\t"]],
  flag: [
    ["true", true],
    ["false", false],
  ],
  symbol: [["a Symbol", Symbol("s")]],
  bigint: [["a BigInt", 1n]],
  function: [
    ["a function", () => {}],
    ["a class", class {}],
  ],
  array: [
    ["an array", []],
    ["an array of texts", ["a"]],
  ],
  record: [
    ["an object", {}],
    ["a Map", new Map()],
    ["a boxed text", new String("x")],
  ],
  hostile: [
    ["a Proxy that throws", hostile()],
    ["a Proxy that was revoked", revoked()],
  ],
});

/** Every value but those of these kinds. */
export function allBut(...kinds) {
  for (const kind of kinds) if (!(kind in VALUES)) throw new Error(`no kind ${kind}`);
  return Object.entries(VALUES).flatMap(([kind, values]) => (kinds.includes(kind) ? [] : values));
}

/** Objects that JSON cannot hold. */
export function unsendable() {
  const cycle = { a: {} };
  cycle.a.b = cycle;
  return [
    ["a BigInt inside", { a: { b: 1n } }],
    ["a cycle", cycle],
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("getter");
        },
      },
    ],
    [
      "a toJSON that throws",
      {
        toJSON() {
          throw new Error("toJSON");
        },
      },
    ],
    ["a toJSON that gives nothing", { toJSON() {} }],
    ["a toJSON that gives an array", { toJSON: () => [] }],
    ["a hostile object inside", { a: VALUES.hostile[0][1] }],
  ];
}
