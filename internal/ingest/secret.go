// SPDX-License-Identifier: Apache-2.0

package ingest

import "tandem/internal/module"

// secrets are the columns of this package's tables that hold secrets.
var secrets = []module.Column{
	{Table: "ingest_connectors", Column: "key_sealed", Keys: []string{"tenant", "id"}, Purpose: "ingest_connectors/{tenant}/key"},
	{Table: "ingest_connectors", Column: "api_password", Keys: []string{"tenant", "id"}, Purpose: "ingest_connectors/{tenant}/password"},
	{Table: "ingest_connectors", Column: "key_hash"},
}
