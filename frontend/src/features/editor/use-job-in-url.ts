import { useEffect } from "react";
import { useSearchParams } from "react-router";

import { useMe } from "@/api/get-me";

/**
 * Opens the job that a parameter of the address names, for the account `owner`, and removes the parameter. Returns the ID
 * of the job while no user is signed in. `open` must keep its identity between renders.
 */
export function useJobInUrl(
  parameter: string,
  open: (job: string, owner: string) => Promise<void>,
): string | null {
  const { data: me } = useMe();
  const [query, setQuery] = useSearchParams();
  const job = query.get(parameter);
  const owner = me?.id;
  useEffect(() => {
    if (!job || owner === undefined) {
      return;
    }
    void open(job, owner);
    setQuery({}, { replace: true });
  }, [job, open, owner, setQuery]);
  return me === null ? job : null;
}
