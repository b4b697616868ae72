// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"strings"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/phone"
)

// parsedNumber is how Tandem reads a number in a call centre's region.
type parsedNumber struct {
	Number   string `json:"number" doc:"As it was given"`
	MatchKey string `json:"matchKey" doc:"What all writings of the number have in common; empty for a withheld one"`
	E164     string `json:"e164" doc:"Empty if it is no valid number; it is kept and compared all the same"`
	National string `json:"national" doc:"As people of the region write it"`
	Digits   string `json:"digits"`
	Withheld bool   `json:"withheld" doc:"It names nobody, and matches nobody"`
	Region   string `json:"region" doc:"Whose rules it was read by"`
}

// rankedContact is a contact that may be who is behind a number.
type rankedContact struct {
	Contact contactOutput `json:"contact"`
	Reasons []string      `json:"reasons" enum:"exact,same last nine digits,talked today,talked yesterday,owner" doc:"Why; owner: the calls of the number belong to this contact"`
	Score   int           `json:"score" doc:"What the reasons count together: 100, 40, 20, 15 and 10"`
}

type (
	numberInput struct {
		Number string `query:"number" required:"true" maxLength:"200" doc:"However it is written"`
	}
	numberAnswer  struct{ Body parsedNumber }
	rankingAnswer struct{ Body httpapi.List[rankedContact] }
)

func (c *Customer) parseNumber(ctx context.Context, in *numberInput) (*numberAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	number := storable(in.Number)
	parsed := parsedNumber{
		Number: number, MatchKey: phone.MatchKey(number, t.Region), National: phone.National(number, t.Region),
		Digits: phone.Digits(number), Withheld: phone.Withheld(number), Region: t.Region,
	}
	if strings.HasPrefix(parsed.MatchKey, "+") {
		parsed.E164 = parsed.MatchKey
	}
	return &numberAnswer{parsed}, nil
}

func (c *Customer) matchContacts(ctx context.Context, in *numberInput) (*rankingAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	ranked, err := c.Rank(ctx, t, in.Number)
	if err != nil {
		return nil, err
	}
	items := make([]rankedContact, len(ranked))
	for i, r := range ranked {
		items[i] = rankedContact{Contact: contactOnWire(ctx, r.Contact), Reasons: r.Reasons, Score: r.Score}
	}
	return &rankingAnswer{httpapi.List[rankedContact]{Items: items}}, nil
}
