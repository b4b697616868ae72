// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"fmt"
	"time"
)

// ourNumbers are the hotlines people call, in the form Vietnam writes them.
var ourNumbers = map[trunk]string{vendor: "19001234", pabx: "19005678"}

// mobilePrefixes are prefixes of Vietnamese mobile numbers, which have ten
// digits in national form.
var mobilePrefixes = []string{
	"032", "033", "034", "035", "036", "037", "038", "039", "070", "076", "077", "078", "079", "081", "082", "083",
	"084", "085", "086", "088", "089", "090", "091", "093", "094", "096", "097", "098",
}

// A caller who comes back was one of the calls from distance to
// distance+span-1 before: never so near that the first still talks. returnMin
// is the least distance.
const (
	returnMin  = 15
	returnSpan = 40
)

// caller is the mobile number of the person behind call index. It is a
// function of seed and index alone: who comes back borrows the number of an
// earlier index, which may have borrowed it too.
func (s *Scenario) caller(seed uint64, index int) string {
	distance := s.arrivals.distance()
	span := distance * returnSpan / returnMin
	for {
		d := newDice(seed, diceCaller, index)
		earlier := index - distance - d.IntN(span)
		// Some of the first calls find nobody before them.
		if earlier < 0 || !d.chance(s.returning) {
			return mobile(d)
		}
		index = earlier
	}
}

func mobile(d dice) string {
	return fmt.Sprintf("%s%07d", pick(d, mobilePrefixes...), d.IntN(10_000_000))
}

// vendorID is a call id as the vendor's PBX writes it: seconds since 1970, a
// dot, a serial number.
func vendorID(at time.Time, serial int) string {
	return fmt.Sprintf("%d.%d", at.Unix(), 20_000+serial)
}

// ticksTo1970 is how many ticks of 100 ns lie between the epoch of UUIDs
// (15 October 1582) and 1970 (RFC 9562 §5.1).
const ticksTo1970 = 122_192_928_000_000_000

// timeID is a version 1 UUID. The node is the seed's, marked as no real network
// card (RFC 9562 §6.10); the serial keeps calls of one millisecond apart.
func timeID(seed uint64, at time.Time, serial int) string {
	node := newDice(seed, diceCallID, 0).Uint64()&0xffff_ffff_ffff | 1<<40
	ticks := uint64(at.UnixMilli())*10_000 + uint64(serial%10_000) + ticksTo1970
	sequence := 0x8000 | uint64(serial/10_000)&0x3fff
	return fmt.Sprintf("%08x-%04x-1%03x-%04x-%012x", uint32(ticks), uint16(ticks>>32), ticks>>48&0xfff, sequence, node)
}

// randomID is a version 4 UUID.
func randomID(d dice) string {
	high, low := d.Uint64(), d.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", high>>32, uint16(high>>16), high&0xfff, 0x8000|low>>48&0x3fff, low&0xffff_ffff_ffff)
}
