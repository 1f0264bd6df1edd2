// What is open in front of the page.

import { signal } from "@preact/signals";

/** The settings. */
export const settings = signal(false);
