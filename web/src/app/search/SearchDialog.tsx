// SPDX-License-Identifier: Apache-2.0

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Contact } from "@/api/contacts";
import { useMe } from "@/api/session";
import type { Card, Page } from "@/api/types";
import { folded } from "@/format/text";
import { cx } from "@/ui/cx";
import { placesOf } from "../frame/places";
import { CallHit, ContactHit, type Hit, ScreenHit } from "./hits";

const enough = 3;
const each = 6;

/** Finds a call by number, name or id, a contact, or a screen. */
export function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      isOpen={open}
      onOpenChange={(now) => !now && onClose()}
      isDismissable
      className="fixed inset-0 z-30 flex items-start justify-center bg-scrim p-2 sm:pt-[12vh]"
    >
      <Modal className="w-full max-w-[600px] rounded-box bg-surface shadow-float animate-[enter-up_120ms_var(--ease-out)]">
        <Dialog aria-label={t("search.title")} className="outline-none">
          <SearchBody onClose={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function useSettled(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}

function useHits(text: string) {
  const { t } = useTranslation();
  const me = useMe();
  const asked = useSettled(text.trim(), 150);
  const search = asked.length >= enough ? asked : "";
  const calls = useQuery({
    queryKey: ["search", "calls", search],
    queryFn: ({ signal }) => api.get<Page<Card>>("/api/v1/calls", { search, limit: each }, signal),
    enabled: search !== "" && me.rights.includes("call.read"),
    placeholderData: keepPreviousData,
  });
  const contacts = useQuery({
    queryKey: ["search", "contacts", search],
    queryFn: ({ signal }) => api.get<Page<Contact>>("/api/v1/contacts", { search, limit: each }, signal),
    enabled: search !== "" && me.rights.includes("contact.read"),
    placeholderData: keepPreviousData,
  });
  const wanted = folded(text.trim());
  const hits: Hit[] = [];
  if (search && calls.data) {
    hits.push(...calls.data.items.map((call): Hit => ({ kind: "call", id: `call-${call.id}`, call })));
  }
  if (search && contacts.data) {
    hits.push(
      ...contacts.data.items.map(
        (contact): Hit => ({ kind: "contact", id: `contact-${contact._id}`, contact }),
      ),
    );
  }
  if (search && calls.data && calls.data.items.length > 0) {
    hits.push({ kind: "all", id: "all", text: search });
  }
  const screens = placesOf(me).filter((place) => folded(t(`frame.${place.id}`)).includes(wanted));
  const screenHits = screens.map((place): Hit => ({ kind: "screen", id: `screen-${place.id}`, place }));
  return {
    hits: wanted === "" || wanted.length < enough ? [...screenHits, ...hits] : [...hits, ...screenHits],
    busy: calls.isFetching || contacts.isFetching || asked !== text.trim(),
    failed: calls.error,
  };
}

function SearchBody({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [entered, setEntered] = useState(false);
  const { hits, busy, failed } = useHits(text);
  const chosen = hits[Math.min(at, hits.length - 1)];

  const go = (hit: Hit) => {
    onClose();
    switch (hit.kind) {
      case "call":
        return void navigate({ to: "/calls", search: { q: text.trim(), call: String(hit.call.id) } });
      case "contact":
        return void navigate({ to: "/contacts/$id", params: { id: hit.contact._id } });
      case "all":
        return void navigate({ to: "/calls", search: { q: hit.text } });
      case "screen":
        return void navigate({ to: hit.place.to });
    }
  };
  // Enter may come before the answer; it then opens the first hit when there is one.
  const act = useRef(go);
  act.current = go;
  useEffect(() => {
    if (entered && !busy) {
      setEntered(false);
      if (chosen) {
        act.current(chosen);
      }
    }
  }, [entered, busy, chosen]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((hits.length + Math.min(at, hits.length - 1) + step) % Math.max(1, hits.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      setEntered(true);
    }
  };
  return (
    <div className="flex max-h-[70dvh] flex-col">
      <input
        // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into this.
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={chosen?.id}
        aria-label={t("search.title")}
        placeholder={t("search.placeholder")}
        value={text}
        spellCheck={false}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
          setEntered(false);
        }}
        className="h-12 shrink-0 border-b border-line bg-transparent px-4 text-14 outline-none"
      />
      <div
        id={listId}
        role="listbox"
        aria-label={t("search.title")}
        tabIndex={-1}
        className="min-h-0 overflow-auto p-1 outline-none"
      >
        {hits.map((hit) => (
          <div
            key={hit.id}
            id={hit.id}
            role="option"
            tabIndex={-1}
            aria-selected={hit === chosen}
            onMouseMove={() => setAt(hits.indexOf(hit))}
            onClick={() => go(hit)}
            onKeyDown={onKeyDown}
            className={cx(
              "flex min-h-10 items-center gap-3 rounded-box px-3 py-1",
              hit === chosen && "bg-hover",
            )}
          >
            {hit.kind === "call" ? <CallHit call={hit.call} /> : null}
            {hit.kind === "contact" ? <ContactHit contact={hit.contact} /> : null}
            {hit.kind === "screen" ? <ScreenHit place={hit.place} /> : null}
            {hit.kind === "all" ? (
              <span className="text-ink-muted">{t("search.allCalls", { text: hit.text })}</span>
            ) : null}
          </div>
        ))}
      </div>
      <p role="status" className="px-4 py-2 text-12 text-ink-faint">
        {failed ? t("search.failed", { detail: failed.message }) : null}
        {!failed && text.trim().length < enough ? t("search.hint") : null}
        {!failed && text.trim().length >= enough && !busy && hits.length === 0
          ? t("search.nothing", { text: text.trim() })
          : null}
        {!failed && text.trim().length >= enough && !busy && hits.length > 0
          ? t("search.results", { count: hits.length, n: String(hits.length) })
          : null}
        {!failed && text.trim().length >= enough && busy ? t("ui.searching") : null}
      </p>
    </div>
  );
}
