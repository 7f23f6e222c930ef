/** xterm.js, for output only. Input goes into an ordinary text box below it. */
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { colour, theme } from "../../ui/theme";

export interface Screen {
  write(text: string): void;
  clear(): void;
  /** All text in the buffer. */
  text(): string;
}

/** Uses the page's `--mono`, so that it needs no font of its own. */
export function makeScreen(place: HTMLElement): Screen {
  const terminal = new Terminal({
    disableStdin: true,
    convertEol: false,
    cursorStyle: "bar",
    cursorInactiveStyle: "none",
    cursorBlink: false,
    fontFamily: colour("--mono"),
    fontSize: parseFloat(colour("--body")),
    lineHeight: 1.3,
    scrollback: 20_000,
    screenReaderMode: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  withoutInlineStyles(() => terminal.open(place));
  // Input goes into the box below.
  if (terminal.textarea) {
    terminal.textarea.tabIndex = -1;
    terminal.textarea.setAttribute("aria-hidden", "true");
  }
  theme.subscribe(() => {
    terminal.options.theme = {
      background: colour("--ground"),
      foreground: colour("--text"),
      cursor: colour("--ground"),
      selectionBackground: `${colour("--accent")}55`,
      red: colour("--bad"),
      green: colour("--good"),
      yellow: colour("--warn"),
      blue: colour("--accent"),
      brightBlack: colour("--quiet"),
    };
  });
  const fitted = () => {
    if (place.clientWidth > 0 && place.clientHeight > 0) fit.fit();
  };
  new ResizeObserver(fitted).observe(place);
  return {
    write: (text) => terminal.write(text),
    clear: () => terminal.reset(),
    text() {
      const buffer = terminal.buffer.active;
      return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "")
        .join("\n")
        .trimEnd();
    },
  };
}

/**
 * Opens the terminal and moves the rules of the `<style>` elements that it creates into constructed style sheets: the
 * page's Content-Security-Policy allows no inline styles, and xterm.js has no option for a nonce.
 */
function withoutInlineStyles(open: () => void): void {
  const real = document.createElement.bind(document);
  const createElement = (name: string, options?: ElementCreationOptions) => {
    if (name.toLowerCase() !== "style") return real(name, options);
    // Takes the place of the style element; even an empty one violates the policy.
    const element = real("template");
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
    Object.defineProperty(element, "textContent", {
      set(text: string) {
        sheet.replaceSync(text);
      },
      get: () => "",
    });
    const remove = element.remove.bind(element);
    element.remove = () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      remove();
    };
    return element;
  };
  Object.defineProperty(document, "createElement", { value: createElement, configurable: true });
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, "createElement");
  }
}
