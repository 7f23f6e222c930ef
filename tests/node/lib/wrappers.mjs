/**
 * What state libraries make of an object that they are given to hold: a proxy, a draft, a reference. A handle must work
 * through each of them, as an object without private fields does.
 */
import { isReactive, reactive, readonly, shallowReactive } from "@vue/reactivity";
import { createDraft, produce } from "immer";
import { makeAutoObservable, observable } from "mobx";
import { proxy, snapshot } from "valtio/vanilla";

/** By what holds it, each gives what a program reads back. @type {Record<string, <T extends object>(handle: T) => T>} */
export const WRAPPERS = {
  "new Proxy(handle, {})": (handle) => new Proxy(handle, {}),
  "a Proxy of a Proxy": (handle) => new Proxy(new Proxy(handle, {}), {}),
  "a membrane": (handle) => new Proxy(handle, { get: (target, name, receiver) => Reflect.get(target, name, receiver) }),
  "Object.create(handle)": (handle) => Object.create(handle),
  "Object.freeze(handle)": (handle) => Object.freeze(handle),
  "Vue's reactive()": (handle) => {
    const held = reactive(handle);
    if (!isReactive(held)) throw new Error("Vue has made no proxy of it: this proves nothing");
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
  "what Immer's produce() gives": (handle) => produce({ held: handle, count: 0 }, (draft) => void draft.count++).held,
};

class MobxStore {
  held;

  constructor(held) {
    this.held = held;
    makeAutoObservable(this);
  }
}
