import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router/dom";

import { LinkContext } from "@/components/link";
import { Problem } from "@/lib/problem";

import type { createRouter } from "./router";
import { RouterLink } from "./router-link";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The API would refuse the same request again. Lost connections, 429 and 5xx may be temporary.
      retry: (failures, error) =>
        failures < 2 &&
        (!(error instanceof Problem) || error.status === 0 || error.status === 429 || error.status >= 500),
      retryDelay: (failures, error) =>
        (error instanceof Problem && error.retryAfter ? error.retryAfter : 2 ** failures) * 1000,
    },
  },
});

export function App({ router }: { router: ReturnType<typeof createRouter> }) {
  return (
    <QueryClientProvider client={queryClient}>
      <LinkContext value={RouterLink}>
        <RouterProvider router={router} />
      </LinkContext>
    </QueryClientProvider>
  );
}
