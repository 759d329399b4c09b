import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { TextLink } from "@/components/text-link";
import { paths } from "@/lib/paths";

import { Chapter } from "./chapter";
import { TextPage } from "./text-page";

/** The privacy page: which data is stored, where, and for how long. */
export function PrivacyPage() {
  const { t } = useTranslation("legal");
  const retention = useConfig().data?.retention;
  const times = [
    retention ? t("privacy.files.uploads", { count: retention.upload_days }) : t("privacy.files.uploadsSome"),
    retention ? t("privacy.files.results", { count: retention.result_days }) : t("privacy.files.resultsSome"),
    t("privacy.files.previews"),
    t("privacy.files.deleteNow"),
  ];
  return (
    <TextPage title={t("privacy.title")} lead={t("privacy.lead")}>
      <Chapter title={t("privacy.who.title")}>
        <p>
          {t("privacy.who.text")} <TextLink to={paths.legal}>{t("notice.title")}</TextLink>
        </p>
      </Chapter>
      <Chapter title={t("privacy.files.title")}>
        <p>{t("privacy.files.where")}</p>
        <ul className="grid list-disc gap-2 pl-5">
          {times.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p>{t("privacy.files.use")}</p>
      </Chapter>
      <Chapter title={t("privacy.account.title")}>
        <ul className="grid list-disc gap-2 pl-5">
          {(["profile", "password", "jobs", "requests", "messages"] as const).map((line) => (
            <li key={line}>{t(`privacy.account.${line}`)}</li>
          ))}
        </ul>
        <p>{t("privacy.account.why")}</p>
      </Chapter>
      <Chapter title={t("privacy.browser.title")}>
        <p>{t("privacy.browser.cookies")}</p>
        <ul className="grid list-disc gap-2 pl-5">
          {(["access", "refresh"] as const).map((cookie) => (
            <li key={cookie}>
              <code className="bg-raised rounded px-1 py-0.5 text-sm break-all">{`__Host-sansfond-${cookie}`}</code>
              {" – "}
              {t(`privacy.browser.${cookie}`)}
            </li>
          ))}
        </ul>
        <p>{t("privacy.browser.storage")}</p>
        <p>{t("privacy.browser.trackers")}</p>
      </Chapter>
      <Chapter title={t("privacy.rights.title")}>
        <p>
          {t("privacy.rights.self")} <TextLink to={paths.account}>{t("privacy.rights.account")}</TextLink>
        </p>
        <p>
          {t("privacy.rights.others")} <TextLink to={paths.feedback}>{t("notice.operator.form")}</TextLink>
        </p>
      </Chapter>
    </TextPage>
  );
}
