// SPDX-License-Identifier: Apache-2.0

package user

import "tandem/internal/module"

// secrets are the columns of this package's tables that hold secrets.
var secrets = []module.Column{
	{Table: "user_users", Column: "password_hash"},
	{Table: "user_keys", Column: "hash"},
	{Table: "user_sessions", Column: "id"},
	{Table: "user_links", Column: "hash"},
	{Table: "user_setup", Column: "hash"},
	{Table: "user_oidc", Column: "client_secret", Keys: []string{"tenant"}, Purpose: "user/oidc/{tenant}"},
	{Table: "user_access_keys", Column: "key", Keys: []string{"tenant"}, Purpose: "access-key/{tenant}"},
	{Table: "user_sip_accounts", Column: "password", Keys: []string{"tenant", "id"}, Purpose: "user/sip/{tenant}/{id}/password"},
}
