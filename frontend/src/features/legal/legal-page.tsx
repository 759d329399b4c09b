import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { TextLink } from "@/components/text-link";
import { paths } from "@/lib/paths";

import { Chapter } from "./chapter";
import { TextPage } from "./text-page";

/** The operator of this site, and the terms of its parts. */
export function LegalPage() {
  const { t } = useTranslation("legal");
  const { data: config } = useConfig();
  return (
    <TextPage title={t("notice.title")} lead={t("notice.lead")}>
      <Chapter title={t("notice.operator.title")}>
        {config?.imprint && <p className="font-medium whitespace-pre-line">{config.imprint}</p>}
        <p>{t("notice.operator.who", { host: location.host })}</p>
        <p>
          {t("notice.operator.contact")} <TextLink to={paths.feedback}>{t("notice.operator.form")}</TextLink>
        </p>
        {config && !config.imprint && <p className="text-muted text-sm">{t("notice.operator.deployer")}</p>}
      </Chapter>
      <Chapter title={t("notice.pictures.title")}>
        <p>{t("notice.pictures.yours")}</p>
        <p>{t("notice.pictures.rights")}</p>
        <p>{t("notice.pictures.care")}</p>
      </Chapter>
      <Chapter title={t("notice.software.title")}>
        <p>{t("notice.software.code")}</p>
        <p>{t("notice.software.model")}</p>
        <p>
          {t("notice.software.others")}{" "}
          <a href="/licences.txt" className="text-accent py-1 font-medium underline underline-offset-4">
            {t("notice.software.list")}
          </a>
        </p>
      </Chapter>
      <Chapter title={t("notice.liability.title")}>
        <p>{t("notice.liability.text")}</p>
      </Chapter>
      <p>
        {t("notice.data")} <TextLink to={paths.privacy}>{t("privacy.title")}</TextLink>
      </p>
    </TextPage>
  );
}
