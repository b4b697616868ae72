// SPDX-License-Identifier: Apache-2.0

// The package has no types of its own; this is what is used of it.
declare module "swagger-ui-dist/swagger-ui-es-bundle" {
  interface Options {
    url: string;
    domNode: HTMLElement | null;
    deepLinking: boolean;
    validatorUrl: null;
    docExpansion: "list" | "full" | "none";
    defaultModelsExpandDepth: number;
    filter: boolean;
    tryItOutEnabled: boolean;
  }
  const SwaggerUIBundle: (options: Options) => unknown;
  // biome-ignore lint/style/noDefaultExport: it is what the package does.
  export default SwaggerUIBundle;
}
