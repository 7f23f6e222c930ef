/** Light or dark: the system's setting, until the user chooses. */
import { signal } from "@preact/signals";

export type Theme = "light" | "dark";
const KEY = "ardexa:theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | undefined {
  try {
    const name = localStorage.getItem(KEY);
    return name === "light" || name === "dark" ? name : undefined;
  } catch {
    return undefined;
  }
}

const fromSystem = (): Theme => (system.matches ? "dark" : "light");
export const theme = signal<Theme>(chosen() ?? fromSystem());

export function startTheme(): void {
  theme.subscribe((name) => (document.documentElement.dataset["theme"] = name));
  system.addEventListener("change", () => {
    if (!chosen()) theme.value = fromSystem();
  });
}

/** The current value of a custom property, for drawing on a canvas. */
export const colour = (property: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(property).trim();

export function chooseTheme(name: Theme): void {
  theme.value = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage is unavailable: the choice lasts until the page is left.
  }
}
