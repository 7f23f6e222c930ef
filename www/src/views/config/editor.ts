/** CodeMirror for JSON and YAML, in a shadow root: its styles become constructed sheets, which the CSP allows. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, linter, setDiagnostics } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { ConfigDocument, Language, Mark } from "../../model/documents";

export interface Editor {
  /** Shows a document; the previous one keeps its undo history and cursor. */
  open(document: ConfigDocument): void;
  /** Marks errors in the text, and scrolls to the first. */
  mark(marks: Mark[]): void;
  destroy(): void;
}

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--body)", color: "var(--text)", backgroundColor: "var(--ground)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--raised)",
    color: "var(--quiet)",
    border: "0",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--ground)",
    color: "var(--text)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--series-1)" },
  { tag: [tags.string, tags.content], color: "var(--series-3)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--series-2)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.labelName, tags.keyword], color: "var(--series-4)" },
]);

export function makeEditor(host: HTMLElement, label: string): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const place = document.createElement("div");
  place.style.height = "100%";
  root.replaceChildren(place);
  const language = new Compartment();
  const of = (name: Language) => (name === "json" ? [json(), linter(jsonParseLinter())] : [yaml()]);
  const states = new Map<ConfigDocument, EditorState>();
  let shown: ConfigDocument | undefined;
  let stop: (() => void)[] = [];

  const stateOf = (document: ConfigDocument) =>
    EditorState.create({
      doc: document.text.peek(),
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        look,
        syntaxHighlighting(colours),
        // Tab is not bound: it moves the focus, as everywhere on the page.
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (!docChanged) return;
          document.text.value = state.doc.toString();
          document.problem.value = undefined;
        }),
        language.of(of(document.language.peek())),
      ],
    });
  const view = new EditorView({ root, parent: place });

  return {
    open(document) {
      if (document === shown) return;
      for (const end of stop) end();
      if (shown) states.set(shown, view.state);
      shown = document;
      view.setState(states.get(document) ?? stateOf(document));
      stop = [
        document.language.subscribe((name) => view.dispatch({ effects: language.reconfigure(of(name)) })),
        document.text.subscribe((text) => {
          if (text !== view.state.doc.toString())
            view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
        }),
      ];
    },
    mark(marks) {
      const diagnostics = marks.map(({ line, column, message }): Diagnostic => {
        const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
        const from = Math.min(at.from + Math.max(0, (column ?? 1) - 1), at.to);
        return {
          from: column === undefined ? at.from + (/^\s*/.exec(at.text)?.[0].length ?? 0) : from,
          to: at.to,
          severity: "error",
          message,
        };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
      const first = diagnostics[0];
      if (first)
        view.dispatch({
          selection: { anchor: first.from },
          effects: EditorView.scrollIntoView(first.from, { y: "center" }),
        });
    },
    destroy() {
      for (const end of stop) end();
      view.destroy();
    },
  };
}
