// SPDX-License-Identifier: Apache-2.0
// A call button for any page that loads https://…/click-to-call/NAME.js as a script.
// It shows <tandem-click-to-call>, asks for a number, and has the visitor called. No cookies, no dependencies, no inline styles.
((settings) => {
  "use strict";
  if (!settings.activated || customElements.get("tandem-click-to-call")) return;
  const server = new URL(document.currentScript.src);
  const api = server.href.replace(/\.js(\?.*)?$/, "");

  const words = {
    en: {
      number: "Your phone number", call: "Call me", calling: "One moment…", close: "Close",
      done: "Thank you. Your phone will ring in a moment.",
      closed: "Nobody is here to call you right now. Please come back during our opening hours.",
      badNumber: "This number cannot be called from here. Please check it.",
      noConsent: "Please agree first.",
      tooMany: "You asked for several calls already. Please try again later.",
      failed: "That did not work. Please try again.",
    },
    vi: {
      number: "Số điện thoại của bạn", call: "Gọi cho tôi", calling: "Xin chờ một chút…", close: "Đóng",
      done: "Cảm ơn bạn. Điện thoại của bạn sẽ đổ chuông trong giây lát.",
      closed: "Hiện không có ai trực để gọi cho bạn. Vui lòng quay lại trong giờ làm việc.",
      badNumber: "Không thể gọi đến số này. Vui lòng kiểm tra lại.",
      noConsent: "Vui lòng đồng ý trước.",
      tooMany: "Bạn đã yêu cầu nhiều cuộc gọi. Vui lòng thử lại sau.",
      failed: "Chưa thực hiện được. Vui lòng thử lại.",
    },
    pt: {
      number: "Seu número de telefone", call: "Ligue para mim", calling: "Um momento…", close: "Fechar",
      done: "Obrigado. Seu telefone vai tocar em instantes.",
      closed: "Não há ninguém para ligar agora. Volte no nosso horário de atendimento.",
      badNumber: "Não é possível ligar para este número. Confira, por favor.",
      noConsent: "Concorde antes, por favor.",
      tooMany: "Você já pediu várias ligações. Tente novamente mais tarde.",
      failed: "Não funcionou. Tente novamente.",
    },
  };

  /** The page's language if it is one of ours, else the browser's, else English. */
  const language = [document.documentElement.lang, ...navigator.languages]
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag in words) ?? "en";
  const text = words[language];

  /** Black or white, whichever reads better on a colour (WCAG 2.2, relative luminance). */
  function readable(color) {
    const hex = color.length === 4 ? color.replace(/[^#]/g, "$&$&") : color;
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  }

  const places = {
    "bottom-left": "left:16px;bottom:16px",
    "bottom-right": "right:16px;bottom:16px",
    "bottom-center": "left:50%;bottom:16px;transform:translateX(-50%)",
    "left-center": "left:16px;top:50%;transform:translateY(-50%)",
    "right-center": "right:16px;top:50%;transform:translateY(-50%)",
  };

  // A sheet made by script needs no 'unsafe-inline' in the page's policy.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host{all:initial;position:fixed;z-index:2147483000;width:max-content;${places[settings.position]};
      --color:${settings.color};--on:${readable(settings.color)};
      font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color-scheme:light dark}
    :host([hidden]){display:none}
    *{box-sizing:border-box;font:inherit}
    button{cursor:pointer;border:0}
    .open,.call{background:var(--color);color:var(--on);font-weight:600}
    .open{display:flex;gap:8px;align-items:center;max-width:min(320px,calc(100vw - 32px));padding:12px 20px;border-radius:28px;
      box-shadow:0 2px 12px rgb(0 0 0/.3);border:1px solid rgb(128 128 128/.4);text-align:start}
    .open svg{flex:none}
    .open[hidden],.panel[hidden],form[hidden]{display:none}
    .panel{width:min(320px,calc(100vw - 32px));max-height:calc(100vh - 32px);overflow:auto;padding:20px;border-radius:12px;
      background:Canvas;color:CanvasText;box-shadow:0 4px 24px rgb(0 0 0/.35);border:1px solid rgb(128 128 128/.4)}
    .head{display:flex;gap:8px;justify-content:space-between;align-items:start}
    h2{margin:0;font-size:18px;font-weight:600;overflow-wrap:anywhere}
    .close{flex:none;width:32px;height:32px;margin:-6px -8px 0 0;border-radius:6px;background:none;color:inherit;font-size:22px;line-height:1}
    p{margin:8px 0 0;white-space:pre-line;overflow-wrap:anywhere}
    label{display:block;margin-top:12px}
    input[type=tel]{display:block;width:100%;margin-top:4px;padding:10px;border:1px solid GrayText;border-radius:6px;background:Field;color:FieldText}
    .agree{display:flex;gap:8px;align-items:start;font-size:14px}
    .agree input{flex:none;width:18px;height:18px;margin:1px 0 0}
    .call{width:100%;margin-top:16px;padding:12px;border-radius:6px;border:1px solid rgb(128 128 128/.4)}
    .call:disabled{opacity:.6;cursor:default}
    :focus-visible{outline:3px solid Highlight;outline-color:light-dark(#0b57d0,#a8c7fa);outline-offset:2px}
    .say:empty{margin:0}
    @media (prefers-reduced-motion:no-preference){.panel{animation:in .12s ease-out}@keyframes in{from{opacity:0}}}`);

  /** Makes an element: make("p", {class: "say"}, "text", child…). */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function handset() {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" })) svg.setAttribute(key, value);
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M7 3 3.8 4.6c-.6.3-.9.9-.8 1.6C4.2 14 10 19.8 17.8 21c.7.1 1.3-.2 1.6-.8L21 17l-4.5-3.2-2.3 2C11.5 14.5 9.5 12.5 8.2 9.8l2-2.3z");
    svg.append(path);
    return svg;
  }

  async function post(path, body) {
    const answer = await fetch(`${api}/${path}`, {
      method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.detail), { code: said.code });
    return said;
  }

  const problems = {
    "click_to_call.bad_number": text.badNumber,
    "click_to_call.no_consent": text.noConsent,
    "click_to_call.too_many": text.tooMany,
    "click_to_call.closed": text.closed,
  };

  class ClickToCall extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.lang = language;
      this.opener = make("button", { class: "open", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" }, handset(), settings.header);
      this.panel = make("div", { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: "" });
      this.say = make("p", { class: "say", role: "status" });
      const close = make("button", { class: "close", type: "button", "aria-label": text.close }, "×");
      this.panel.append(make("div", { class: "head" }, make("h2", { id: "title" }, settings.header), close));
      if (settings.content) this.panel.append(make("p", {}, settings.content));
      this.panel.append(settings.open ? this.form() : make("p", {}, text.closed), this.say);
      root.append(this.opener, this.panel);
      this.opener.addEventListener("click", () => this.show(true));
      close.addEventListener("click", () => this.show(false));
      this.panel.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        this.show(false);
      });
    }

    form() {
      this.number = make("input", { type: "tel", name: "tel", autocomplete: "tel", inputmode: "tel", required: "", maxlength: "40" });
      this.agree = make("input", { type: "checkbox", required: "" });
      this.button = make("button", { class: "call", type: "submit" }, text.call);
      const form = make("form", { novalidate: "" }, make("label", {}, text.number, this.number));
      if (settings.consent) form.append(make("label", { class: "agree" }, this.agree, make("span", {}, settings.consent)));
      form.append(this.button);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        void this.ask(form);
      });
      return form;
    }

    /** Opens or closes the panel, with the focus where a keyboard would look for it. */
    show(open) {
      this.panel.hidden = !open;
      this.opener.hidden = open;
      this.opener.setAttribute("aria-expanded", String(open));
      (open ? (this.number ?? this.panel.querySelector(".close")) : this.opener).focus();
    }

    async ask(form) {
      const number = this.number.value.trim();
      if (!number) return this.refuse(text.badNumber, this.number);
      if (settings.consent && !this.agree.checked) return this.refuse(text.noConsent, this.agree);
      this.button.disabled = true;
      this.say.textContent = text.calling;
      try {
        const { token } = await post("tokens", {});
        await post("requests", { token, number, page: location.href, language, consent: this.agree.checked });
        form.hidden = true;
        this.say.textContent = text.done;
        this.panel.querySelector(".close").focus();
        this.dispatchEvent(new CustomEvent("tandem-call-requested", { bubbles: true, composed: true }));
      } catch (problem) {
        this.refuse(problems[problem.code] ?? text.failed, this.number);
      } finally {
        this.button.disabled = false;
      }
    }

    refuse(why, field) {
      this.say.textContent = why;
      field.focus();
    }
  }

  customElements.define("tandem-click-to-call", ClickToCall);
  const place = () => setTimeout(() => {
    if (!document.querySelector("tandem-click-to-call")) document.body.append(document.createElement("tandem-click-to-call"));
  }, settings.delay);
  // The delay begins when the page has loaded, however early the script came; a page that adds it later begins there.
  if (document.readyState === "complete") place();
  else addEventListener("load", place, { once: true });
})("SETTINGS");
