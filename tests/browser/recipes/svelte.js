// Components with the rune `useFeed`, mounted and unmounted by the test.
import { mount } from "svelte";
import { writable } from "svelte/store";
import Board from "./Board.svelte";
import { offer } from "./page.js";

const components = writable([]);
mount(Board, { target: document.getElementById("root"), props: { components } });
offer((next) => components.set(next));
