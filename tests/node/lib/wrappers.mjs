/**
 * How state libraries wrap an object in their state: as a proxy, a draft or a reference. A handle must work through
 * each of them, like an object without private fields.
 */
import { isReactive, reactive, readonly, shallowReactive } from "@vue/reactivity";
import { createDraft, produce } from "immer";
import { makeAutoObservable, observable } from "mobx";
import { proxy, snapshot } from "valtio/vanilla";

/** By name: functions that return a handle as a program reads it back from the library's state. */
const wrappers = {
  "new Proxy(handle, {})": (handle) => new Proxy(handle, {}),
  "a Proxy of a Proxy": (handle) => new Proxy(new Proxy(handle, {}), {}),
  "a membrane": (handle) => new Proxy(handle, { get: (target, name, receiver) => Reflect.get(target, name, receiver) }),
  "Object.create(handle)": (handle) => Object.create(handle),
  "Object.freeze(handle)": (handle) => Object.freeze(handle),
  "Vue's reactive()": (handle) => {
    const held = reactive(handle);
    if (!isReactive(held)) throw new Error("Vue made no proxy, so this tests nothing");
    return held;
  },
  "a field of Vue's reactive()": (handle) => reactive({ held: handle }).held,
  "Vue's readonly()": (handle) => readonly({ held: handle }).held,
  "Vue's shallowReactive()": (handle) => shallowReactive(handle),
  "MobX' observable()": (handle) => observable({ held: handle }).held,
  "a class with MobX' makeAutoObservable()": (handle) => new MobxStore(handle).held,
  "valtio's proxy()": (handle) => proxy({ held: handle }).held,
  "valtio's snapshot()": (handle) => snapshot(proxy({ held: handle })).held,
  "Immer's draft": (handle) => createDraft({ held: handle, count: 0 }).held,
  "the result of Immer's produce()": (handle) =>
    produce({ held: handle, count: 0 }, (draft) => void draft.count++).held,
};

/** The libraries' own types say that the result differs from `T`. */
export const WRAPPERS = /** @type {Record<string, <T extends object>(handle: T) => T>} */ (wrappers);

class MobxStore {
  held;

  constructor(held) {
    this.held = held;
    makeAutoObservable(this);
  }
}
