import "i18next";

import type account from "../locales/en/account.json";
import type auth from "../locales/en/auth.json";
import type common from "../locales/en/common.json";
import type developers from "../locales/en/developers.json";
import type editor from "../locales/en/editor.json";
import type feedback from "../locales/en/feedback.json";
import type history from "../locales/en/history.json";
import type landing from "../locales/en/landing.json";
import type legal from "../locales/en/legal.json";
import type video from "../locales/en/video.json";

// English is the source: a key that it lacks does not compile.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    enableSelector: false;
    resources: {
      account: typeof account;
      auth: typeof auth;
      common: typeof common;
      developers: typeof developers;
      editor: typeof editor;
      feedback: typeof feedback;
      history: typeof history;
      landing: typeof landing;
      legal: typeof legal;
      video: typeof video;
    };
  }
}
