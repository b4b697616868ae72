// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { DryRunPanel } from "./DryRunPanel";
import { rulesQuery } from "./queries";
import { RulesEditor } from "./RulesEditor";

/** The rules in force and their editor, with the dry run beside it. */
export function Rules() {
  const query = useQuery(rulesQuery);
  if (query.isPending) {
    return <SkeletonRows rows={6} />;
  }
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <RulesEditor rules={query.data} key="editor">
      {(unsaved) => <DryRunPanel unsaved={unsaved} />}
    </RulesEditor>
  );
}
