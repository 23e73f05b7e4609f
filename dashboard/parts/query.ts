import { useLocation } from "preact-iso";

/**
 * The state of a page lives in its address, so that a link shows the same. Returns the query and a function that changes parts of
 * it; an undefined part is left out, and what is chosen replaces the entry in the history: going back leaves the page.
 */
export function useQuery(): [Record<string, string>, (change: Record<string, string | undefined>) => void] {
  const { path, query, route } = useLocation();
  return [
    query,
    (change) => {
      const next = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...query, ...change }))
        if (value !== undefined && value !== "") next.set(name, value);
      const text = next.toString();
      route(text === "" ? path : `${path}?${text}`, true);
    },
  ];
}
