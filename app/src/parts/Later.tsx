// A view whose script is fetched when it is first looked at, and all calls of the library with it where it needs them.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ComponentType } from "preact";
import { complete } from "../lib/bridge";
import { t } from "../words";
import { Loading, Note } from "./ui";

/** Milliseconds until what could not be fetched is tried again. */
const AGAIN = 2_000;

/** Makes such a view of what loads it; `asks` says whether it needs all calls. */
export function later(load: () => Promise<ComponentType>, asks = true): ComponentType {
  let View: ComponentType | undefined;
  return function Later() {
    const failed = useSignal("");
    const tries = useSignal(0);
    useEffect(() => {
      if (View) return;
      let left: ReturnType<typeof setTimeout> | undefined;
      let gone = false;
      const done = (why: string) => {
        failed.value = why;
        tries.value += 1;
      };
      Promise.all([load(), asks && complete()]).then(
        ([found]) => {
          View = found;
          if (!gone) done("");
        },
        (error: unknown) => {
          if (!gone) left = setTimeout(() => done(error instanceof Error ? error.message : String(error)), tries.value ? AGAIN : 0);
        },
      );
      return () => {
        gone = true;
        clearTimeout(left);
      };
    }, [tries.value]);
    if (View) return <View />;
    return failed.value ? (
      <Note kind="warn" role="alert">
        {t("errorNetwork", { why: failed.value })}
      </Note>
    ) : (
      <Loading />
    );
  };
}
