import { useEffect, useState } from "preact/hooks";

/** Whether a media query holds, also when that changes. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = () => setMatches(list.matches);
    onChange();
    list.addEventListener("change", onChange);
    return () => list.removeEventListener("change", onChange);
  }, [query]);
  return matches;
}

/** Whether whoever looks prefers dark colours. */
export function useDark(): boolean {
  return useMedia("(prefers-color-scheme: dark)");
}
