import type { ComponentChildren } from "preact";
import type { Read } from "../answer.ts";
import { useLoaded } from "../loaded.ts";
import { State } from "./State.tsx";

/** What is to be changed is read when its form is opened: the form saves on the condition that nobody else changed it since. */
export function Editing<T>(props: {
  of: string;
  read: (signal: AbortSignal) => Promise<Read<T>>;
  children: (found: Read<T>) => ComponentChildren;
}) {
  const found = useLoaded(`editing ${props.of}`, props.read);
  return (
    <State of={found} empty="">
      {props.children}
    </State>
  );
}
