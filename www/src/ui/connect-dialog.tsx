/** The dialog for the cloud's address and credentials. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app";
import { lastCloud, remember, rememberCloud, remembered } from "../model/memory";
import type { Credentials } from "../model/session";
import { sentence } from "../words";
import { Dialog } from "./dialog";

interface Props {
  app: App;
  site: Partial<Credentials>;
  onClose(): void;
}

const isBare = (url: string) => /^(http|ws):\/\/(?!(localhost|127\.|\[::1\]))/.test(url);

export function ConnectDialog({ app: { session }, site, onClose }: Props) {
  const known = session.credentials ?? remembered() ?? (site.url ? site : undefined) ?? lastCloud();
  const [url, setUrl] = useState(known?.url ?? "");
  const [workgroup, setWorkgroup] = useState(known?.workgroup ?? "");
  const [token, setToken] = useState("");
  const [isKept, setKept] = useState(remembered() !== undefined);
  const [isInsecure, setInsecure] = useState(false);
  const [problem, setProblem] = useState(session.state.value.phase === "ended" ? session.state.value.problem : "");
  const [isTrying, setTrying] = useState(false);
  /** Submitting the form again during an attempt supersedes that attempt. */
  const attempts = useRef(0);
  const isGone = useRef(false);
  useEffect(() => () => void (isGone.current = true), []);

  const tokenOf = (of: string) =>
    [session.credentials, site].find((credentials) => credentials?.url === of)?.token ?? "";
  const edit = (set: (text: string) => void) => (text: string) => {
    set(text);
    // The message applied to the previous input.
    setProblem("");
  };
  const first = firstField({ url, workgroup, token: tokenOf(url) }, session.state.value.refused);

  async function connect(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const given: Credentials = {
      url: url.trim(),
      workgroup: workgroup.trim(),
      token: token.trim() || tokenOf(url.trim()),
      ...(isInsecure && { allowInsecure: true }),
    };
    const empty = missing(given, isBare(given.url) && !isInsecure);
    setProblem(empty);
    if (empty) return;
    const mine = ++attempts.current;
    const isMine = () => mine === attempts.current && !isGone.current;
    setTrying(true);
    const stop = session.state.subscribe(({ phase, problem: said }) => {
      // Retries continue in the background if there was no answer, so release the form.
      if (!isMine() || phase !== "waiting" || !said) return;
      setTrying(false);
      setProblem(`${said} Still trying. If the address is wrong, correct it.`);
    });
    try {
      await session.connect(given);
      rememberCloud(given);
      if (mine !== attempts.current) return;
      remember(isKept ? given : undefined);
      if (!isGone.current) onClose();
    } catch (error) {
      if (isMine()) setProblem(sentence(error));
    } finally {
      stop();
      if (isMine()) setTrying(false);
    }
  }

  async function disconnect(): Promise<void> {
    remember(undefined);
    await session.disconnect();
    onClose();
  }

  const isOpen = ["connected", "waiting", "connecting"].includes(session.state.value.phase);
  return (
    <Dialog title="Connection" onClose={onClose}>
      <form noValidate onSubmit={(event) => void connect(event)}>
        <Field
          name="Cloud address"
          type="url"
          placeholder="https://app.ardexa.com"
          autocomplete="url"
          value={url}
          isFirst={first === "url"}
          onInput={edit(setUrl)}
        />
        <Field
          name="Workgroup"
          autocomplete="organization"
          value={workgroup}
          isFirst={first === "workgroup"}
          onInput={edit(setWorkgroup)}
        />
        <Field
          name="API token"
          type="password"
          autocomplete="off"
          placeholder={tokenOf(url.trim()) ? "unchanged" : ""}
          value={token}
          isFirst={first === "token"}
          onInput={edit(setToken)}
        />
        <label class="check">
          <input type="checkbox" checked={isKept} onChange={({ currentTarget }) => setKept(currentTarget.checked)} />
          <span>
            Remember in this tab<small>Otherwise the token stays in memory and is lost on reload.</small>
          </span>
        </label>
        {isBare(url) && (
          <label class="check">
            <input
              type="checkbox"
              checked={isInsecure}
              onChange={({ currentTarget }) => (setInsecure(currentTarget.checked), setProblem(""))}
            />
            <span>
              Send the token unencrypted<small>Only for an http: address on a network that you trust.</small>
            </span>
          </label>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="actions">
          {isOpen && (
            <button type="button" class="quiet" onClick={() => void disconnect()}>
              Disconnect
            </button>
          )}
          <span class="spring" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {isTrying ? "Connecting…" : "Connect"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The field to focus: the first one without a value, or the token if the cloud refused. */
function firstField({ url, workgroup, token }: Credentials, isRefused = false): keyof Credentials {
  if (isRefused) return "token";
  if (!url) return "url";
  if (!workgroup) return "workgroup";
  return token ? "url" : "token";
}

interface FieldProps {
  name: string;
  value: string;
  isFirst: boolean;
  type?: "text" | "url" | "password";
  placeholder?: string;
  autocomplete: string;
  onInput(text: string): void;
}

function Field({ name, value, isFirst, type = "text", placeholder = "", autocomplete, onInput }: FieldProps) {
  // Preact types each kind of input separately; the props set here are common to all.
  const kind = type as "text";
  return (
    <label>
      {name}
      <input
        type={kind}
        value={value}
        placeholder={placeholder}
        autocomplete={autocomplete}
        spellcheck={false}
        data-focus={isFirst || undefined}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

function missing({ url, workgroup, token }: Credentials, isUnencrypted: boolean): string {
  if (!url) return "Enter the cloud's address, for example https://app.ardexa.com.";
  if (isUnencrypted)
    return "This address is not encrypted: anyone on the network path could read the token. Use https:, or select “Send the token unencrypted”.";
  if (!workgroup) return "Enter the workgroup's ID.";
  if (!token) return "Paste an API token for this workgroup.";
  return "";
}
