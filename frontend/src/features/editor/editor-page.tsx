import { Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/get-me";
import { PageTitle } from "@/components/page-title";
import { ProblemNotice } from "@/components/problem-notice";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { withNext } from "@/lib/next-path";
import { paths } from "@/lib/paths";

import { DropOverlay } from "./intake/drop-overlay";
import { DropZone } from "./intake/drop-zone";
import { FileButton } from "./intake/file-button";
import { usePaste } from "./intake/paste";
import { RefusalsNotice } from "./intake/refusals-notice";
import { SampleRow } from "./intake/sample-row";
import { UrlForm } from "./intake/url-form";
import { useIntake } from "./intake/use-intake";
import { queue } from "./queue/editor-queue";
import { useEditor, useQueue } from "./use-editor";
import { useVideoEditor } from "./video/use-videos";
import { useVideos, VideoAnnouncer, VideoSection } from "./video/video-section";
import { Announcer } from "./workspace/announcer";
import { Workspace } from "./workspace/workspace";

/** The editor page for pictures and videos. */
export function EditorPage() {
  const { t } = useTranslation("editor");
  const { takeIn, takeLink } = useIntake();
  const state = useQueue();
  const { data: me } = useMe();
  const [error, setError] = useState<unknown>(null);
  const { jobForMembers } = useEditor(takeIn);
  const { videoForMembers } = useVideoEditor();
  const { clips, oversizedFiles } = useVideos();
  // Adding new files clears the last failure.
  const takers = useMemo(() => {
    const clearingError =
      <Given,>(take: (given: Given) => Promise<void>) =>
      (given: Given) => {
        setError(null);
        return take(given);
      };
    return { takeIn: clearingError(takeIn), takeLink: clearingError(takeLink), onError: setError };
  }, [takeIn, takeLink]);
  const onFiles = useCallback((files: File[]) => void takers.takeIn(files).catch(setError), [takers]);
  usePaste(takers, setError);
  const noPictures = state.entries.length === 0;
  const empty = noPictures && clips.length === 0;
  const wanted = jobForMembers
    ? `${paths.editor}?job=${jobForMembers}`
    : videoForMembers && `${paths.editor}?video=${videoForMembers}`;
  useKeptFocus(empty);
  return (
    <div className="mx-auto grid w-full max-w-[96rem] grid-cols-[minmax(0,1fr)] gap-4 px-4 py-6 sm:px-6">
      <Announcer />
      <VideoAnnouncer />
      <DropOverlay {...takers} />
      {wanted && (
        <Notice
          action={
            <ButtonLink size="small" to={withNext(paths.signIn, wanted)}>
              {t("session.signIn", { ns: "common" })}
            </ButtonLink>
          }
        >
          {t("page.signInForJob")}
        </Notice>
      )}
      {empty ? (
        <div className="mx-auto grid w-full max-w-3xl grid-cols-[minmax(0,1fr)] gap-6 py-4 sm:py-8">
          <div className="grid gap-2 text-center">
            <PageTitle>{t("page.title")}</PageTitle>
            <p className="text-muted text-lg text-balance">
              {t(me === null ? "page.leadVisitor" : "page.lead")}
            </p>
          </div>
          <Messages error={error} />
          {oversizedFiles.length > 0 && <VideoSection />}
          <DropZone onFiles={onFiles} />
          <SampleRow takeIn={takeIn} onError={setError} />
          <UrlForm takeLink={takeLink} />
        </div>
      ) : (
        <>
          <PageTitle className="sr-only">{t("page.editor")}</PageTitle>
          <Messages error={error} />
          <VideoSection />
          {noPictures && <AddButton onFiles={onFiles} />}
          {state.unkept && <Notice tone="warning">{t("queue.unkept")}</Notice>}
          {!noPictures && <Workspace state={state} signedIn={Boolean(me)} onFiles={onFiles} />}
        </>
      )}
    </div>
  );
}

/** When the first picture is added or the last removed, the focused element disappears: the focus moves to the page. */
function useKeptFocus(empty: boolean): void {
  // Without a focused element nothing is lost: a new page starts at its first link.
  const focused = useRef(false);
  useEffect(() => {
    const note = () => {
      focused.current = true;
    };
    addEventListener("focusin", note);
    return () => removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    if (focused.current && document.activeElement === document.body) {
      document.querySelector("main")?.focus({ preventScroll: true });
    }
  }, [empty]);
}

/** Shown if there are only videos. With pictures, the workspace has this button. */
function AddButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation("editor");
  return (
    <FileButton look="secondary" className="justify-self-start" onFiles={onFiles}>
      <Plus aria-hidden className="size-4" />
      {t("intake.add")}
    </FileButton>
  );
}

function Messages({ error }: { error: unknown }) {
  const { refusals } = useQueue();
  return (
    <>
      <ProblemNotice error={error} />
      <RefusalsNotice refusals={refusals} onClose={() => queue.refuse([])} />
    </>
  );
}
