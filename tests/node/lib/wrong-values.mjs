/** Values of every kind, to pass as wrong arguments. */

/** A proxy that throws on any access. */
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

/**
 * Values by kind, each with a name for messages. `absent` is undefined, which many arguments accept.
 * @type {Readonly<Record<string, [name: string, value: any][]>>}
 */
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
  text: [["a string", "text"]],
  empty: [["an empty string", ""]],
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
    ["an array of strings", ["a"]],
  ],
  record: [
    ["an object", {}],
    ["a Map", new Map()],
    ["a boxed string", new String("x")],
  ],
  hostile: [
    ["a Proxy that throws", hostile()],
    ["a revoked Proxy", revoked()],
  ],
});

/** All values except those of these kinds. @param {string[]} kinds */
export function allBut(...kinds) {
  for (const kind of kinds) if (!(kind in VALUES)) throw new Error(`unknown kind ${kind}`);
  return Object.entries(VALUES).flatMap(([kind, values]) => (kinds.includes(kind) ? [] : values));
}

/** Objects that JSON cannot represent. @returns {[name: string, value: any][]} */
export function unsendable() {
  /** @type {any} */
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
    ["a toJSON that returns nothing", { toJSON() {} }],
    ["a toJSON that returns an array", { toJSON: () => [] }],
    ["a hostile object inside", { a: VALUES.hostile[0][1] }],
  ];
}
