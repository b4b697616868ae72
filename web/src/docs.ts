// SPDX-License-Identifier: Apache-2.0

import "@fontsource-variable/inter";
import "swagger-ui-dist/swagger-ui.css";
import "@/styles/docs.css";
import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle";

// swagger-ui follows a class, the rest of the console an attribute.
document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.theme === "dark");

SwaggerUIBundle({
  url: "/api/openapi.json",
  domNode: document.getElementById("docs"),
  deepLinking: true,
  // The validator is a service on the internet; these pages stay at home.
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: false,
});
