// SPDX-License-Identifier: Apache-2.0

package tenant

import "tandem/internal/module"

// Secret are the columns of this package's table that hold secrets.
var Secret = []module.Column{
	{Table: "tenants", Column: "key_secret", Keys: []string{"id"}, Purpose: "tenant/{uuid}"},
}
