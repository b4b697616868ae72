// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Ellipsis, Send } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Endpoint, Template } from "@/api/integrations";
import { useMe } from "@/api/session";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { Moment } from "@/ui/Moment";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { DeliveryLog } from "./DeliveryLog";
import { EndpointDialog } from "./EndpointDialog";
import { EndpointState } from "./EndpointState";
import { Notices } from "./Notices";
import {
  endpointQuery,
  templatesQuery,
  useDeleteEndpoint,
  useMadeSecret,
  useRotateSecret,
  useTestEndpoint,
} from "./queries";
import { ReplayDialog } from "./ReplayDialog";
import { SecretNote } from "./SecretNote";
import { useTemplateWords } from "./words";

/** One address that is told of events: whether it listens, and what was said. */
export function EndpointPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/frame/integrations/$id" });
  const query = useQuery(endpointQuery(id));
  const templates = useQuery(templatesQuery);
  const writes = useMe().rights.includes("integration.write");
  const endpoint = query.data;
  const kinds = templates.data?.items ?? [];
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <Link
          to="/integrations"
          className="ring-focus flex items-center gap-1 self-start rounded-box text-12 text-ink-muted hover:text-ink"
        >
          <ChevronLeft aria-hidden size={14} />
          {t("integrations.title")}
        </Link>
        {query.isPending ? <SkeletonRows rows={8} /> : null}
        {query.isError && !endpoint ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : null}
        {endpoint ? <Head endpoint={endpoint} templates={kinds} writes={writes} /> : null}
      </div>
      {endpoint ? <DeliveryLog endpoint={endpoint} writes={writes} /> : null}
    </div>
  );
}

interface HeadProps {
  readonly endpoint: Endpoint;
  readonly templates: readonly Template[];
  readonly writes: boolean;
}

function Head({ endpoint, templates, writes }: HeadProps) {
  const { t } = useTranslation();
  const template = templates.find(({ _id }) => _id === endpoint.template);
  const words = useTemplateWords(template);
  const made = useMadeSecret(endpoint._id);
  const test = useTestEndpoint(endpoint._id);
  const rotate = useRotateSecret(endpoint._id);
  const navigate = useNavigate({ from: "/integrations/$id" });
  const tryIt = () =>
    test.mutate(undefined, {
      onSuccess: ({ id, status }) => {
        const taken = status === "sent";
        toast(taken ? t("integrations.testOk") : t("integrations.testFailed"), { bad: !taken });
        void navigate({ search: (before) => ({ ...before, delivery: String(id), status: "" }) });
      },
      onError: (error) => toast(error.message, { bad: true }),
    });
  return (
    <>
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="flex flex-wrap items-center gap-2 text-18 font-strong">
            {endpoint.name} <EndpointState endpoint={endpoint} />
          </h1>
          <p className="text-ink-muted">
            {`${words.name} · `}
            <code className="font-mono text-12 break-all">{endpoint.url}</code>
          </p>
        </div>
        {writes ? (
          <div className="flex gap-2">
            <Button icon={<Send aria-hidden size={16} />} onPress={tryIt} isPending={test.isPending}>
              {t("integrations.test")}
            </Button>
            <More
              endpoint={endpoint}
              templates={templates}
              onRotate={() =>
                rotate.mutate(undefined, { onError: (error) => toast(error.message, { bad: true }) })
              }
            />
          </div>
        ) : null}
      </header>
      {made || rotate.data ? <SecretNote secret={rotate.data?.secret ?? made ?? ""} /> : null}
      <Notices endpoint={endpoint} writes={writes} />
      <Facts>
        <Fact label={t("integrations.events")}>
          <code className="font-mono text-12">
            {(endpoint.events.length > 0 ? endpoint.events : (template?.events ?? [])).join(" ")}
          </code>
        </Fact>
        {endpoint.filter ? (
          <Fact label={t("integrations.filter")}>
            <code className="font-mono text-12 break-words">{endpoint.filter}</code>
          </Fact>
        ) : null}
        {endpoint.disabledAt ? (
          <Fact label={t("integrations.disabledAt")}>
            <Moment at={endpoint.disabledAt} />
          </Fact>
        ) : null}
      </Facts>
    </>
  );
}

function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1">{children}</dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

interface MoreProps {
  readonly endpoint: Endpoint;
  readonly templates: readonly Template[];
  readonly onRotate: () => void;
}

/** What is not done every day. */
function More({ endpoint, templates, onRotate }: MoreProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useDeleteEndpoint();
  const [open, setOpen] = useState<"edit" | "replay" | "delete" | "">("");
  const close = () => setOpen("");
  const signs = templates.find(({ _id }) => _id === endpoint.template)?.auth === "signature";
  const choices = [
    { id: "edit", text: t("ui.edit"), onChoose: () => setOpen("edit") },
    {
      id: "replay",
      text: t("integrations.replay"),
      disabled: !endpoint.enabled,
      onChoose: () => setOpen("replay"),
    },
    ...(signs ? [{ id: "rotate", text: t("integrations.rotate"), onChoose: onRotate }] : []),
    { id: "delete", text: t("integrations.delete"), danger: true, onChoose: () => setOpen("delete") },
  ];
  return (
    <>
      <Menu
        label={t("ui.more")}
        trigger={<IconButton label={t("ui.more")} icon={<Ellipsis aria-hidden size={16} />} />}
        choices={choices}
      />
      {open === "edit" ? <EndpointDialog endpoint={endpoint} templates={templates} onClose={close} /> : null}
      {open === "replay" ? <ReplayDialog endpoint={endpoint} onClose={close} /> : null}
      <Confirm
        open={open === "delete"}
        onClose={close}
        title={t("integrations.deleteConfirm", { name: endpoint.name })}
        text={t("integrations.deleteText")}
        act={t("integrations.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(endpoint._id, {
            onSuccess: () => {
              toast(t("integrations.deleted", { name: endpoint.name }));
              void navigate({ to: "/integrations" });
            },
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: close,
          })
        }
      />
    </>
  );
}
