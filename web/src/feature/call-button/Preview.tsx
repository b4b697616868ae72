// SPDX-License-Identifier: Apache-2.0

import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Draft, previewAddress } from "./draft";

/** The very element that web sites show, on an empty page of its own. */
export function Preview({ draft }: { draft: Draft }) {
  const { t, i18n } = useTranslation();
  const wanted = previewAddress(draft);
  const [address, setAddress] = useState(wanted);
  useEffect(() => {
    // A page for every letter would flicker.
    const timer = setTimeout(() => setAddress(wanted), 300);
    return () => clearTimeout(timer);
  }, [wanted]);
  const page = useMemo(() => {
    const script = new DOMParser().parseFromString("", "text/html").createElement("script");
    script.src = address;
    return `<!doctype html><html lang="${i18n.language.slice(0, 2)}"><meta name="color-scheme" content="light dark"><body>${script.outerHTML}</body></html>`;
  }, [address, i18n.language]);
  return (
    <iframe
      title={t("callButton.previewOf")}
      srcDoc={page}
      className="h-[420px] w-full rounded-box border border-line bg-sunken"
    />
  );
}
