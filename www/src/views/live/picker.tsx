/** Selects feeds to show: the known sources of a device, with a search, and a form for unknown ones. */
import "./picker.css";
import { useSignal } from "@preact/signals";
import type { FeedRequest } from "ardexa-client";
import { useMemo } from "preact/hooks";
import type { App } from "../../app";
import type { Device, Source } from "../../model/fleet";
import { kindsOf } from "../../model/kinds";
import { sites } from "../../model/sites";
import { AskDevice } from "../../ui/ask-device";
import { freshId } from "../../ui/ids";
import { NoDevice } from "../../ui/no-device";
import type { Board } from "./board";
import type { PanelSettings } from "./panel";

interface PickerProps {
  app: App;
  board: Board;
  onAdd(settings: PanelSettings[]): void;
}

export function Picker({ app, board, onAdd }: PickerProps) {
  const typed = useSignal("");
  const { fleet } = app;
  const device = fleet.devices.get(fleet.current.value ?? "");
  if (!device)
    return (
      <div class="picker" role="region" aria-label="Add feeds">
        <NoDevice app={app} toDo="to see its feeds" />
      </div>
    );
  const words = typed.value.toLowerCase().split(/\s+/);
  const isFound = (...parts: string[]) => words.every((word) => parts.join(" ").toLowerCase().includes(word));
  const sources = device.sources
    .map((source) => {
      const isWhole = isFound(source.table, source.source);
      return {
        source,
        fields: isWhole
          ? source.fields
          : source.fields.filter(({ name }) => isFound(source.table, source.source, name)),
        isWhole,
      };
    })
    .filter(({ fields, isWhole }) => isWhole || fields.length > 0);
  return (
    <div class="picker" role="region" aria-label="Add feeds">
      <h2>Feeds of {fleet.nameOf(device.id)}</h2>
      {device.sources.length > 0 && (
        <input
          type="search"
          placeholder="Search sources and fields"
          aria-label="Search feeds"
          value={typed.value}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
      )}
      <AskDevice app={app} device={device} />
      <div class="known">
        {typed.value === "" && <Comparisons app={app} device={device} onAdd={onAdd} />}
        {sources.map(({ source, fields }) => (
          <SourceFeeds
            key={`${source.table}/${source.source}`}
            board={board}
            deviceId={device.id}
            source={source}
            fields={fields}
            onAdd={onAdd}
          />
        ))}
        {device.sources.length > 0 && sources.length === 0 && <p class="empty">No sources match.</p>}
      </div>
      <Manual device={device} onAdd={onAdd} />
    </div>
  );
}

interface SourceProps {
  board: Board;
  deviceId: string;
  source: Source;
  fields: Source["fields"];
  onAdd(settings: PanelSettings[]): void;
}

function SourceFeeds({ board, deviceId, source: { table, source, fields: all }, fields, onAdd }: SourceProps) {
  const request = { deviceId, table, source };
  const numbers = all.filter(({ type }) => type !== "keyword");
  const add = (...requests: FeedRequest[]) => onAdd(requests.map((one) => ({ request: one, columns: [0] })));
  return (
    <div class="source" role="group" aria-label={`${table} / ${source}`}>
      <span class="path">
        {table} / <strong>{source}</strong>
      </span>
      <span class="fields">
        {fields.map(({ name: field }) => (
          <button
            key={field}
            type="button"
            class="chip"
            aria-pressed={board.uses({ ...request, field })}
            onClick={() => add({ ...request, field })}
          >
            {field}
          </button>
        ))}
        <button type="button" class="chip is-whole" aria-pressed={board.uses(request)} onClick={() => add(request)}>
          {all.length > 0 ? `All ${all.length} in one` : "Add"}
        </button>
        {numbers.length > 1 && (
          <button
            type="button"
            class="quiet"
            onClick={() => add(...numbers.map(({ name: field }) => ({ ...request, field })))}
          >
            Add {numbers.length} charts
          </button>
        )}
      </span>
    </div>
  );
}

/** The fields that several sources of a table share, on this device and others of its site. */
function Comparisons({
  app: { fleet },
  device,
  onAdd,
}: {
  app: App;
  device: Device;
  onAdd(settings: PanelSettings[]): void;
}) {
  const site = sites(fleet.list.value).find(({ devices }) => devices.some(({ id }) => id === device.id));
  const others = site?.devices.filter(({ id }) => id !== device.id) ?? [];
  const kinds = kindsOf([device, ...others]).filter(
    ({ requests: [first, second] }) => first?.deviceId === device.id && second !== undefined,
  );
  const tables = [...new Set(kinds.map(({ table }) => table))];
  return (
    <>
      {tables.map((table) => (
        <div key={table} class="source" role="group" aria-label={`Compare ${table}`}>
          <span class="path">
            Compare <strong>{table}</strong>
          </span>
          <span class="fields">
            {kinds
              .filter((kind) => kind.table === table)
              .map(({ field, units, requests }) => (
                <button
                  key={`${field} ${units}`}
                  type="button"
                  class="chip"
                  onClick={() => onAdd([{ request: requests[0]!, others: requests.slice(1), columns: [0] }])}
                >
                  {field} of {requests.length}
                </button>
              ))}
          </span>
        </div>
      ))}
    </>
  );
}

function Manual({ device, onAdd }: { device: Device; onAdd(settings: PanelSettings[]): void }) {
  const [table, source, field, problem] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  function add(event: SubmitEvent): void {
    event.preventDefault();
    const [t, s, f] = [table, source, field].map(({ value }) => value.trim());
    problem.value = !t || !s ? "Enter a table and a source." : "";
    if (!t || !s) return;
    onAdd([{ request: { deviceId: device.id, table: t, source: s, ...(f && { field: f }) }, columns: [0] }]);
    field.value = "";
  }
  const unique = (names: string[]) => [...new Set(names)];
  return (
    <form class="manual" onSubmit={add}>
      <Box name="Table" text={table} known={unique(device.sources.map((one) => one.table))} />
      <Box name="Source" text={source} known={unique(device.sources.map((one) => one.source))} />
      <Box
        name="Field"
        text={field}
        known={unique(device.sources.flatMap(({ fields }) => fields.map(({ name }) => name)))}
        placeholder="all fields"
      />
      <button type="submit">Add feed</button>
      <span class="problem" role="alert">
        {problem.value}
      </span>
    </form>
  );
}

function Box({
  name,
  text,
  known,
  placeholder = "",
}: {
  name: string;
  text: { value: string };
  known: string[];
  placeholder?: string;
}) {
  const id = useMemo(() => freshId("list"), []);
  return (
    <>
      <label>
        {name}
        <input
          type="text"
          list={id}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          value={text.value}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
      </label>
      <datalist id={id}>
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
