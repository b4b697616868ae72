// SPDX-License-Identifier: Apache-2.0

import "@/styles/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AriaLocale } from "@/app/AriaLocale";
import { startTexts } from "@/app/i18n";
import { queries } from "@/app/queries";
import { router } from "@/app/router";
import { Toasts } from "@/ui/Toast";

const root = document.getElementById("root");
if (root) {
  await startTexts();
  createRoot(root).render(
    <StrictMode>
      <AriaLocale>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
          <Toasts />
        </QueryClientProvider>
      </AriaLocale>
    </StrictMode>,
  );
}
