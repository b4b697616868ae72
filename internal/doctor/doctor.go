// SPDX-License-Identifier: Apache-2.0

// Package doctor looks over an installation and says what is wrong with it. It
// changes nothing.
package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"syscall"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/problem"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

const (
	diskLow  = 1 << 30 // bytes free below which the doctor warns
	behindIf = 10_000  // events a reader may be behind the log without a warning
)

// Finding is one thing that was looked at.
type Finding struct {
	What   string
	OK     bool
	Detail string // what was seen, and what to do if it is not right
}

// Patient is what is looked over.
type Patient struct {
	Database *db.DB
	Log      *eventlog.Log
	Live     *live.Live
	Tenants  *tenant.Directory
	Modules  map[string]fs.FS // each owner's migrations
	Data     string           // the folder whose disk must have room
}

// Examine looks at everything. An error means that it could not look.
func Examine(ctx context.Context, p Patient) ([]Finding, error) {
	var findings []Finding
	for _, look := range []func(context.Context, Patient) ([]Finding, error){schema, secrets, positions, calls, checkpoints, disk} {
		found, err := look(ctx, p)
		if err != nil {
			return findings, err
		}
		findings = append(findings, found...)
		if !findings[0].OK {
			return findings, nil // without its tables nothing else can be looked at
		}
	}
	return findings, nil
}

func schema(ctx context.Context, p Patient) ([]Finding, error) {
	var pending []string
	for _, owner := range slices.Sorted(maps.Keys(p.Modules)) {
		left, err := p.Database.Pending(ctx, owner, p.Modules[owner])
		if err != nil {
			return nil, err
		}
		if left {
			pending = append(pending, owner)
		}
	}
	if len(pending) > 0 {
		return []Finding{{"schema", false, fmt.Sprintf("tables of %v are of an older version; start tandem serve once", pending)}}, nil
	}
	return []Finding{{"schema", true, fmt.Sprintf("%d modules up to date", len(p.Modules))}}, nil
}

func secrets(ctx context.Context, p Patient) ([]Finding, error) {
	err := p.Tenants.CheckKey(ctx)
	if wrong := problem.Of(err); wrong.Kind == problem.Invalid {
		return []Finding{{"secrets", false, wrong.Detail}}, nil
	}
	if err != nil {
		return nil, err
	}
	return []Finding{{"secrets", true, "encrypted with the key in use"}}, nil
}

func positions(ctx context.Context, p Patient) ([]Finding, error) {
	events, missing, err := p.Log.Check(ctx)
	if err != nil {
		return nil, err
	}
	if missing != 0 {
		return []Finding{{"positions", false, fmt.Sprintf("%d of %d positions are missing; restore from a backup", missing, events+missing)}}, nil
	}
	return []Finding{{"positions", true, fmt.Sprintf("%d events without a gap", events)}}, nil
}

func calls(ctx context.Context, p Patient) ([]Finding, error) {
	found, err := p.Live.Replay(ctx, p.Log, 0, false)
	if err != nil {
		return nil, err
	}
	findings := []Finding{{"calls", true, fmt.Sprintf("%d calls are the fold of their events", found.Calls)}}
	if found.Different != 0 {
		findings[0] = Finding{"calls", false, fmt.Sprintf("%d of %d calls differ from the fold of their events; run tandem replay calls", found.Different, found.Calls)}
	}
	if found.CountsWrong {
		return append(findings, Finding{"counters", false, "counters are not what the calls count up to; run tandem replay calls"}), nil
	}
	return append(findings, Finding{"counters", true, "counters are what the calls count up to"}), nil
}

func checkpoints(ctx context.Context, p Patient) ([]Finding, error) {
	// The readers first: beside a running Tandem they and the log move on, and a
	// reader must not be found ahead of a head that was read before it.
	all, err := projection.Checkpoints(ctx, p.Database)
	if err != nil {
		return nil, err
	}
	head, err := p.Log.Head(ctx)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, reader := range slices.Sorted(maps.Keys(all)) {
		at := all[reader]
		f := Finding{"reader " + reader, true, fmt.Sprintf("at %d of %d", at, head)}
		switch {
		case at > head:
			f.OK, f.Detail = false, fmt.Sprintf("at %d, beyond the log's end at %d; the log was replaced by an older one", at, head)
		case head-at > behindIf:
			f.OK, f.Detail = false, fmt.Sprintf("at %d, %d events behind; is the part running?", at, head-at)
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func disk(_ context.Context, p Patient) ([]Finding, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(p.Data, &stat); err != nil {
		return nil, fmt.Errorf("look at the disk of %s: %w", p.Data, err)
	}
	free := stat.Bavail * uint64(stat.Bsize)
	f := Finding{"disk", free >= diskLow, fmt.Sprintf("%d MB free", free>>20)}
	if !f.OK {
		f.Detail += "; make room before the log cannot be written"
	}
	return []Finding{f}, nil
}
