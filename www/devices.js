/** The devices that the page knows of: from the configuration, from the cloud's broadcasts, and typed in. */

/** @typedef {{id: string, name?: string, online?: boolean, tables?: {name: string, sources: {name: string, fields?: {name: string}[]}[]}[]}} Device */

export class Devices {
  /** @type {Map<string, Device>} */
  #known = new Map();
  #select;

  /** @param {HTMLSelectElement} select */
  constructor(select) {
    this.#select = select;
  }

  get selectedId() {
    return this.#select.value;
  }

  /** @returns {Device | undefined} */
  get selected() {
    return this.#known.get(this.#select.value);
  }

  /** Adds a device, or what is new about it. @param {Device} device */
  note(device) {
    const known = this.#known.get(device.id);
    const merged = { ...known, ...device };
    this.#known.set(device.id, merged);
    let option = [...this.#select.options].find((o) => o.value === device.id);
    if (!option) {
      if (this.#known.size === 1) this.#select.replaceChildren();
      option = new Option("", device.id);
      this.#select.append(option);
    }
    option.textContent = label(merged);
    if (!known) this.#select.dispatchEvent(new Event("change"));
  }

  /** @param {string} id */
  choose(id) {
    this.note({ id });
    this.#select.value = id;
    this.#select.dispatchEvent(new Event("change"));
  }

  /** How to call a device in a sentence. @param {string} id */
  nameOf(id) {
    return this.#known.get(id)?.name ?? id;
  }
}

/** @param {Device} device */
function label({ id, name, online }) {
  const state = online === undefined ? "" : online ? " · online" : " · offline";
  return `${name ?? id}${state}`;
}
