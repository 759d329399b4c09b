import { createBrowserRouter, type LoaderFunction } from "react-router";

import { loadNamespace } from "@/lib/i18n";
import { paths } from "@/lib/paths";

import { ErrorPage, PageError } from "./error-page";
import { Layout } from "./layout";
import { NotFoundPage } from "./not-found-page";

/** A page that is loaded when it is opened, together with its texts. */
function page(path: string, namespaces: string[], load: () => Promise<React.ComponentType>) {
  const texts: LoaderFunction = async () => {
    await loadNamespace(...namespaces);
    return null;
  };
  return { path, lazy: async () => ({ Component: await load(), loader: texts }) };
}

/** Creates the router, which loads the first page at once. Start i18n before. */
export const createRouter = () =>
  createBrowserRouter([
    {
      Component: Layout,
      ErrorBoundary: ErrorPage,
      HydrateFallback: () => null,
      // Inside the layout, so that the navigation stays when a page fails.
      children: [{ ErrorBoundary: PageError, children: pages() }],
    },
  ]);

const pages = () => [
  page(
    paths.editor,
    ["editor", "video"],
    async () => (await import("@/features/editor/editor-page")).EditorPage,
  ),
  page(paths.history, ["history"], async () => (await import("@/features/history/history-page")).HistoryPage),
  page(paths.account, ["account"], async () => (await import("@/features/account/account-page")).AccountPage),
  page(paths.signIn, ["auth"], async () => (await import("@/features/auth/sign-in-page")).SignInPage),
  page(paths.register, ["auth"], async () => (await import("@/features/auth/register-page")).RegisterPage),
  page(paths.confirm, ["auth"], async () => (await import("@/features/auth/confirm-page")).ConfirmPage),
  page(
    paths.forgotPassword,
    ["auth"],
    async () => (await import("@/features/auth/forgot-password-page")).ForgotPasswordPage,
  ),
  page(
    paths.developers,
    ["developers"],
    async () => (await import("@/features/developers/developers-page")).DevelopersPage,
  ),
  page(
    paths.feedback,
    ["feedback"],
    async () => (await import("@/features/feedback/feedback-page")).FeedbackPage,
  ),
  page(paths.legal, ["legal"], async () => (await import("@/features/legal/legal-page")).LegalPage),
  page(paths.privacy, ["legal"], async () => (await import("@/features/legal/privacy-page")).PrivacyPage),
  page(paths.status, ["legal"], async () => (await import("@/features/status/status-page")).StatusPage),
  { path: "*", Component: NotFoundPage },
];
