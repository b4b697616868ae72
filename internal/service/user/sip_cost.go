// SPDX-License-Identifier: Apache-2.0

package user

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cost is what a carrier charges for something: the text as somebody wrote it,
// which goes back byte for byte, and what Tandem reads in it.
type Cost struct {
	Text   string `json:"text"`
	Micros *int64 `json:"micros"` // millionths of the currency; nil when the text holds no amount
}

const (
	microsDigits  = 6
	costDigitsMax = 12 // before the decimal mark: with the others they fit an int64
)

// currencies are the names by which people call a currency besides its code.
// What several currencies are called is none's.
var currencies = map[string]string{
	"₫": "VND", "đ": "VND", "đồng": "VND", "vnđ": "VND", "r$": "BRL", "€": "EUR", "£": "GBP", "us$": "USD", "$": "USD", "¥": "JPY", "₹": "INR",
}

// whole are currencies that nobody writes with decimals: 1.200 ₫ is one
// thousand and two hundred.
var whole = map[string]bool{"VND": true, "JPY": true, "KRW": true, "CLP": true, "IDR": true, "PYG": true, "UGX": true}

// readCost reads an amount such as "0.05", "1.200 ₫", "R$ 1,50/min" or
// "1,234.5 USD". The currency is the one in the text, else the one that is
// given, else unknown. Behind the amount, after a slash, may stand what it is
// for.
func readCost(text, currency string) (amount *int64, found string) {
	words, _, _ := strings.Cut(text, "/")
	from := strings.IndexFunc(words, isDigit)
	if from < 0 {
		return nil, currencyIn(words, currency)
	}
	to := strings.LastIndexFunc(words, isDigit) + 1
	found = currencyIn(words[:from]+" "+words[to:], currency)
	negative := strings.HasSuffix(strings.TrimSpace(words[:from]), "-")
	n, ok := readAmount(words[from:to], whole[found])
	if !ok {
		return nil, found
	}
	if negative {
		n = -n
	}
	return &n, found
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// currencyIn returns the currency that text names, or the one given.
func currencyIn(text, given string) string {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-()", r) }) {
		if code, known := currencies[strings.ToLower(word)]; known {
			return code
		}
		if len(word) == 3 && strings.Trim(strings.ToUpper(word), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return strings.ToUpper(word)
		}
	}
	return given
}

// readAmount reads digits with marks between them as millionths. The last mark
// is the decimal one, unless it stands as those of thousands do: more than
// once, or once before exactly three digits in a currency without decimals.
func readAmount(text string, whole bool) (int64, bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' {
			return -1 // 1 200, 1'200
		}
		return r
	}, text)
	if strings.Trim(text, "0123456789.,") != "" {
		return 0, false
	}
	decimal := strings.LastIndexAny(text, ".,")
	if decimal >= 0 {
		mark, other := text[decimal:decimal+1], ","
		if mark == "," {
			other = "."
		}
		many := strings.Count(text, mark) > 1
		switch {
		case many && strings.Contains(text, other):
			return 0, false
		case many, whole && len(text)-decimal-1 == 3 && !strings.Contains(text, other):
			decimal = -1
		}
	}
	before, after := text, ""
	if decimal >= 0 {
		before, after = text[:decimal], text[decimal+1:]
	}
	if !grouped(before) {
		return 0, false
	}
	before = strings.NewReplacer(".", "", ",", "").Replace(before)
	if len(strings.TrimLeft(before, "0")) > costDigitsMax || len(strings.TrimRight(after, "0")) > microsDigits {
		return 0, false
	}
	n := int64(0)
	for _, digit := range before + (after + strings.Repeat("0", microsDigits))[:microsDigits] {
		n = n*10 + int64(digit-'0')
	}
	return n, true
}

// grouped reports whether the marks in a number stand before three digits each.
func grouped(number string) bool {
	groups := strings.FieldsFunc(number, func(r rune) bool { return r == '.' || r == ',' })
	if len(groups) > 1 && strings.Count(number, ".") > 0 && strings.Count(number, ",") > 0 {
		return false
	}
	for i, group := range groups {
		if i > 0 && len(group) != 3 || len(groups) > 1 && len(group) > 3 {
			return false
		}
	}
	return len(groups) > 0
}

// costText reports whether a text can be kept as a cost: any short text can.
func costText(s string) bool {
	return len(s) <= 100 && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
