// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"math"
	"net/http"
	"strings"
	"time"
)

// The sound of a recording: a few notes that differ from call to call, as PCM
// of 16 bits in one channel.
const (
	sampleRate  = 8_000 // Hz, a telephone's
	noteSamples = 1_000
	notes       = 4

	recordingsMax = 50_000 // that are kept; the oldest go first
)

// The first and last moment at which a recording is there after its call.
const recordedMin, recordedMax = 2 * time.Second, 8 * time.Second

// recordings are the calls that have a recording. The sound is made when
// somebody asks for it.
type recordings struct {
	base  string // URL that the file names follow
	byID  map[string]struct{}
	order []string // oldest first
}

func newRecordings(base string) *recordings {
	return &recordings{base: strings.TrimSuffix(base, "/") + "/recordings/", byID: map[string]struct{}{}}
}

func (b *recordings) keep(callID string) {
	if len(b.order) >= recordingsMax {
		delete(b.byID, b.order[0])
		b.order = b.order[1:]
	}
	b.byID[callID] = struct{}{}
	b.order = append(b.order, callID)
}

// record has the recording of c appear some seconds after its end.
func (x *exchange) record(c *played, ended time.Time) {
	d := newDice(x.seed, diceRecording, c.serial)
	x.plan(ended.Add(d.between(recordedMin, recordedMax)), func(at time.Time) {
		x.recordings.keep(c.callID)
		// The envelope's receivers know seven types, and this is none of them.
		if c.Trunk == vendor {
			x.send(vendor, c.lane, "call.recording-available", at, recordingEvent{
				"call.recording-available", c.callID, x.recordings.base + c.callID + ".wav", x.stamp(at),
			})
		}
	})
}

// getRecording answers GET /recordings/{call_id}.wav, ranges of it too.
func (p *PBX) getRecording(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if !same(user, p.options.RecordingUser) || !same(password, p.options.RecordingPassword) {
		w.Header().Set("WWW-Authenticate", `Basic realm="recordings"`)
		writeError(w, http.StatusUnauthorized, "user or password is wrong")
		return
	}
	callID, isWave := strings.CutSuffix(r.PathValue("file"), ".wav")
	p.mu.Lock()
	_, found := p.exchange.recordings.byID[callID]
	p.mu.Unlock()
	if !found || !isWave {
		writeError(w, http.StatusNotFound, "there is no such recording")
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wave(callID)))
}

func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// wave is a WAV file of half a second: the RIFF header, the format, and notes
// of a pentatonic scale that the call's id picks.
func wave(callID string) []byte {
	const samples = notes * noteSamples
	file := make([]byte, 0, 44+2*samples)
	file = append(file, "RIFF"...)
	file = binary.LittleEndian.AppendUint32(file, 36+2*samples)
	file = append(file, "WAVEfmt "...)
	file = binary.LittleEndian.AppendUint32(file, 16)           // bytes of the format
	file = binary.LittleEndian.AppendUint16(file, 1)            // PCM
	file = binary.LittleEndian.AppendUint16(file, 1)            // channel
	file = binary.LittleEndian.AppendUint32(file, sampleRate)   // samples in a second
	file = binary.LittleEndian.AppendUint32(file, 2*sampleRate) // bytes in a second
	file = binary.LittleEndian.AppendUint16(file, 2)            // bytes of a sample
	file = binary.LittleEndian.AppendUint16(file, 16)           // bits of a sample
	file = append(file, "data"...)
	file = binary.LittleEndian.AppendUint32(file, 2*samples)
	id := sha256.Sum256([]byte(callID))
	scale := []float64{262, 294, 330, 392, 440, 523, 587, 659}
	for i := range samples {
		pitch := scale[int(id[i/noteSamples])%len(scale)]
		t := float64(i%noteSamples) / noteSamples
		loud := 8_000 * math.Sin(math.Pi*t) // each note swells and fades, so that none begins with a click
		value := loud * math.Sin(2*math.Pi*pitch*float64(i)/sampleRate)
		file = binary.LittleEndian.AppendUint16(file, uint16(int16(value)))
	}
	return file
}
