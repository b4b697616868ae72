// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
)

func (i *Ingest) inboxRoutes(api *httpapi.API) []module.Route {
	return []module.Route{
		httpapi.Get(api, "/api/v1/inbox", identity.InboxRead, "List refused requests, the newest first", i.listInbox),
		httpapi.Post(api, "/api/v1/inbox/reprocess", identity.InboxWrite, "Read all refused requests again", i.reprocessAll),
		httpapi.Post(api, "/api/v1/inbox/{id}/reprocess", identity.InboxWrite, "Read a refused request again", i.reprocessOne),
		httpapi.Delete(api, "/api/v1/inbox/{id}", identity.InboxWrite, "Remove a refused request", i.deleteInbox),
	}
}

type inboxOutput struct {
	ID            string              `json:"id"`
	ReceivedAt    *time.Time          `json:"receivedAt"`
	Connector     *inboxConnectorName `json:"connector" doc:"null if the call centre had none for the request"`
	Path          string              `json:"path" doc:"Without the key"`
	Status        int                 `json:"status" doc:"What the request was answered"`
	Reason        string              `json:"reason"`
	Size          int64               `json:"size" doc:"Bytes of the request's body, as far as known"`
	ContentType   string              `json:"contentType"`
	Body          string              `json:"body" doc:"The first 16 kB"`
	BodyEncoding  string              `json:"bodyEncoding" enum:"text,base64" doc:"base64 if the body is no text"`
	ReprocessedAt *time.Time          `json:"reprocessedAt" doc:"null while it waits"`
	EventPosition int64               `json:"eventPosition" doc:"Of the event it became in the log; 0 if none"`
}

type inboxConnectorName struct {
	ID   int64  `json:"id"`
	Name string `json:"name" doc:"Empty if it was deleted"`
}

func (i *Ingest) inboxOutput(ctx context.Context, item *InboxItem) (inboxOutput, error) {
	all, err := i.roster.get(ctx)
	if err != nil {
		return inboxOutput{}, err
	}
	body := item.Body[:min(len(item.Body), inboxShown)]
	out := inboxOutput{
		ID: item.ID, ReceivedAt: httpapi.Time(item.ReceivedAt), Path: item.Path, Status: item.Status, Reason: item.Reason,
		Size: item.Size, ContentType: item.ContentType, ReprocessedAt: httpapi.Time(item.ReprocessedAt), EventPosition: item.EventPosition,
	}
	out.Body, out.BodyEncoding = show(body, int64(len(body)) == item.Size)
	if item.Connector != 0 {
		out.Connector = &inboxConnectorName{ID: item.Connector}
		if s := all.find(item.Tenant, func(s *source) bool { return s.id == item.Connector }); s != nil {
			out.Connector.Name = s.name
		}
	}
	return out, nil
}

type inboxListInput struct{ httpapi.Page }

type inboxListOutput struct{ Body httpapi.List[inboxOutput] }

func (i *Ingest) listInbox(ctx context.Context, in *inboxListInput) (*inboxListOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	items, err := i.ListInbox(ctx, tenant.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	shown := make([]inboxOutput, len(items))
	for at := range items {
		if shown[at], err = i.inboxOutput(ctx, &items[at]); err != nil {
			return nil, err
		}
	}
	return &inboxListOutput{Body: httpapi.Cut(shown, in.Limit, func(o inboxOutput) string { return o.ID })}, nil
}

type inboxReprocessAllOutput struct{ Body Reprocessed }

func (i *Ingest) reprocessAll(ctx context.Context, _ *struct{}) (*inboxReprocessAllOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	count, err := i.ReprocessAll(ctx, tenant.ID)
	return &inboxReprocessAllOutput{Body: count}, err
}

type inboxItemInput struct {
	ID string `path:"id" maxLength:"36"`
}

type inboxReprocessOutput struct {
	Body struct {
		Reprocessed

		Item inboxOutput `json:"item"`
	}
}

func (i *Ingest) reprocessOne(ctx context.Context, in *inboxItemInput) (*inboxReprocessOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	count, item, err := i.ReprocessOne(ctx, tenant.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &inboxReprocessOutput{}
	out.Body.Reprocessed = count
	out.Body.Item, err = i.inboxOutput(ctx, &item)
	return out, err
}

func (i *Ingest) deleteInbox(ctx context.Context, in *inboxItemInput) (*struct{}, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, i.DropInbox(ctx, tenant.ID, in.ID)
}
