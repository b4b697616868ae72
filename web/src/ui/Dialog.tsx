// SPDX-License-Identifier: Apache-2.0

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** The buttons; the one that acts comes last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
}

/** Asks for something before work goes on. */
export function Dialog({ open, onClose, title, children, actions, wide }: DialogProps) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      isOpen={open}
      onOpenChange={(now) => !now && onClose()}
      isDismissable
      className="fixed inset-0 z-30 flex items-end justify-center bg-scrim sm:items-start sm:pt-24"
    >
      <Modal
        className={cx(
          "flex max-h-[92dvh] w-full flex-col rounded-t-box bg-surface shadow-float animate-[enter-up_120ms_var(--ease-out)] sm:max-h-[76dvh] sm:rounded-box",
          wide ? "sm:max-w-[720px]" : "sm:max-w-[480px]",
        )}
      >
        <AriaDialog className="flex min-h-0 flex-col outline-none">
          <header className="flex shrink-0 items-center justify-between gap-4 px-4 pt-4 pb-3">
            <Heading slot="title" className="text-18 font-strong">
              {title}
            </Heading>
            <IconButton label={t("ui.close")} icon={<X aria-hidden size={16} />} onPress={onClose} />
          </header>
          <div className="min-h-0 overflow-auto px-4 pb-4">{children}</div>
          {actions ? (
            <footer className="flex shrink-0 flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
              {actions}
            </footer>
          ) : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly text: string;
  readonly act: string;
  readonly onAct: () => void;
  readonly pending?: boolean;
}

/** Asks once more before something that cannot be taken back. */
export function Confirm({ open, onClose, title, text, act, onAct, pending }: ConfirmProps) {
  const { t } = useTranslation();
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="danger" onPress={onAct} isPending={pending ?? false}>
        {act}
      </Button>
    </>
  );
  return (
    <Dialog open={open} onClose={onClose} title={title} actions={actions}>
      <p className="text-ink-muted">{text}</p>
    </Dialog>
  );
}
