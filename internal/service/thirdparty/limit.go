// SPDX-License-Identifier: Apache-2.0

package thirdparty

import "context"

// CountEndpoints returns how many endpoints a call centre has.
func (t *ThirdParty) CountEndpoints(ctx context.Context, tenant int64) (int64, error) {
	return t.store.count(ctx, t.store.db, tenant)
}
