import type { App, View } from "../../app";
export function configView(_section: HTMLElement, _app: App): View { return {}; }
