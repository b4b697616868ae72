// SPDX-License-Identifier: Apache-2.0

import { Ellipsis, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { cx } from "@/ui/cx";
import { Confirm } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Menu, type MenuChoice } from "@/ui/Menu";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { type Kind, useDelete, useRestore } from "./queries";

export interface ListProps<T> {
  readonly kind: Kind;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly deleted: boolean;
  readonly onDeleted: (on: boolean) => void;
  readonly query: {
    readonly isPending: boolean;
    readonly isError: boolean;
    readonly error: Error | null;
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly data?: { readonly pages: readonly { readonly items: readonly T[] }[] } | undefined;
    readonly refetch: () => unknown;
    readonly fetchNextPage: () => unknown;
  };
  /** A minor one is left out on a telephone; so are its cells, by the row. */
  readonly columns: readonly { readonly text: string; readonly minor?: boolean }[];
  readonly row: (item: T) => ReactNode;
  /** Absent where nothing may be added. */
  readonly onAdd?: (() => void) | undefined;
}

/** A list with its search, its switch for what was deleted, and its states. */
export function List<T>({
  kind,
  search,
  onSearch,
  deleted,
  onDeleted,
  query,
  columns,
  row,
  onAdd,
}: ListProps<T>) {
  const { t } = useTranslation();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const add = onAdd ? (
    <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={onAdd}>
      {t(`sip.add_${kind}`)}
    </Button>
  ) : null;
  const empty = Boolean(query.data) && items.length === 0;
  const unasked = search === "" && !deleted;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-full sm:w-72">
          <Field
            label={t(`sip.search_${kind}`)}
            hideLabel
            type="search"
            placeholder={t(`sip.search_${kind}`)}
            value={search}
            onChange={onSearch}
          />
        </div>
        <ChipSwitch label={t("sip.deleted")} value={deleted} onChange={onDeleted} />
        <span className="grow" />
        {empty && unasked ? null : add}
      </div>
      {query.isPending ? <SkeletonRows rows={6} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {empty && unasked ? (
        <EmptyState title={t(`sip.empty_${kind}`)} text={t(`sip.emptyText_${kind}`)} action={add} />
      ) : null}
      {empty && !unasked ? <EmptyState title={t("ui.noMatch")} /> : null}
      {items.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-12 text-ink-muted">
              <tr>
                {columns.map(({ text, minor }) => (
                  <th key={text} className={cx("py-1 pe-4 text-start font-strong", minor && "max-sm:hidden")}>
                    {text}
                  </th>
                ))}
                <th>
                  <span className="sr-only">{t("ui.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>{items.map(row)}</tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

export interface MoreProps {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly deleted: boolean;
  readonly writes: boolean;
  readonly onEdit: () => void;
  /** What else can be done with it. */
  readonly more?: readonly MenuChoice[];
}

/** What can be done with one row. */
export function More({ kind, id, name, deleted, writes, onEdit, more = [] }: MoreProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const remove = useDelete(kind);
  const restore = useRestore(kind);
  const onError = (error: Error) => toast(error.message || t("error.unreachableText"), { bad: true });
  const edit = { id: "edit", text: t("ui.edit"), onChoose: onEdit };
  const drop = { id: "delete", text: t("ui.delete"), danger: true, onChoose: () => setAsked(true) };
  const back = {
    id: "restore",
    text: t("sip.restore"),
    onChoose: () => restore.mutate(id, { onError, onSuccess: () => toast(t("sip.restored", { name })) }),
  };
  const choices = deleted
    ? writes
      ? [back]
      : []
    : [...(writes ? [edit] : []), ...more, ...(writes ? [drop] : [])];
  if (choices.length === 0) return null;
  return (
    <>
      <Menu
        label={t("sip.moreOf", { name })}
        trigger={
          <IconButton small label={t("sip.moreOf", { name })} icon={<Ellipsis aria-hidden size={16} />} />
        }
        choices={choices}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t(`sip.delete_${kind}`)}
        text={t(`sip.deleteText_${kind}`, { name })}
        act={t(`sip.delete_${kind}`)}
        pending={remove.isPending}
        onAct={() => remove.mutate(id, { onError, onSuccess: () => setAsked(false) })}
      />
    </>
  );
}
