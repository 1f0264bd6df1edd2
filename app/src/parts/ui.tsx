// Small parts of which all views are made.

import { useEffect, useId, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { Problem } from "@evergreen/sdk";
import { ask } from "../lib/bridge";
import * as write from "../lib/format";
import { t } from "../words";
import { told } from "../words/problems";

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  block?: boolean;
}

/** One of few: radio buttons that look like a switch. */
export function Choice<T extends string>({ label, value, options, onChange, block }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class={block ? "choice block" : "choice"}>
      <legend class="hidden">{label}</legend>
      {options.map(([one, words]) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => onChange(one)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  unit?: string;
  invalid?: boolean;
  /** What is wrong with it, and what to do. */
  problem?: string | null | undefined;
  hint?: ComponentChildren;
  id?: string;
}

/** What is said of a typed number that may be two; null otherwise. */
export function ambiguous(typed: string): string | null {
  const [thousands, fraction] = ask("readNumber", { text: typed }).either.map(write.apart);
  return thousands && fraction ? t("ambiguous", { typed: write.apart(typed), thousands, fraction }) : null;
}

/** A typed number with its unit. */
export function Field({ label, value, onInput, unit, invalid, problem: told, hint, id }: FieldProps) {
  const problem = told && (ambiguous(value) ?? told);
  const made = useId();
  const name = id ?? made;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <div class="withUnit">
        <input
          id={name}
          inputMode="decimal"
          autocomplete="off"
          spellcheck={false}
          dir="ltr"
          aria-invalid={invalid || problem ? "true" : undefined}
          aria-describedby={problem ? `${name}-problem` : undefined}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {unit && <span class="quiet">{unit}</span>}
      </div>
      {problem && (
        <span class="small wrong" id={`${name}-problem`} role="alert">
          {problem}
        </span>
      )}
      {hint && <div class="small quiet stack tight">{hint}</div>}
    </div>
  );
}

/** A dialog; Escape closes it, and the keyboard stays inside. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const at = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    at.current?.showModal();
  }, []);
  return (
    <dialog ref={at} aria-labelledby={name} onClose={onClose} onClick={(event) => event.target === at.current && at.current?.close()}>
      <div class="stack">
        <div class="head">
          <h2 id={name}>{title}</h2>
          <button type="button" class="button little" onClick={() => at.current?.close()}>
            {t("close")}
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

export function Note({ kind = "", role, children }: { kind?: "" | "bad" | "warn" | "good"; role?: "alert" | "status"; children: ComponentChildren }) {
  return (
    <div class={`note ${kind}`} role={role}>
      {children}
    </div>
  );
}

/** Why a call has no answer, and what to do; the program's own words stand below. */
export function Refusal({ problem }: { problem: Problem }) {
  const { words, detail } = told(problem);
  return (
    <Note kind="bad">
      {words}
      {detail && (
        <span class="small" dir="ltr" lang="en">
          {detail}
        </span>
      )}
    </Note>
  );
}

/** In the place of what is not there yet. */
export function Loading() {
  return (
    <p class="empty waits" role="status" data-test="loading">
      {t("loading")}
    </p>
  );
}

/** A number with its sign in colour; the sign is there without colour, too. */
export function Signed({ text, children }: { text: string | bigint; children: ComponentChildren }) {
  const value = String(text);
  const kind = value.startsWith("-") ? "loss" : /[1-9]/.test(value) ? "gain" : "";
  return (
    <span class={`num ${kind}`} dir="ltr">
      {children}
    </span>
  );
}
