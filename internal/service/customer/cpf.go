// SPDX-License-Identifier: Apache-2.0

package customer

import "strings"

const cpfDigits = 11

// cleanCPF returns a CPF, the number of a Brazilian tax payer, without the
// points and dash that people write in it.
func cleanCPF(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, text)
}

// validCPF reports whether digits are a CPF. Its last two digits are what the
// others, each times its place from the end, add up to, modulo eleven.
func validCPF(digits string) bool {
	if len(digits) != cpfDigits || strings.Trim(digits, "0123456789") != "" ||
		strings.Count(digits, digits[:1]) == cpfDigits { // they check, and are given to nobody
		return false
	}
	for n := cpfDigits - 2; n < cpfDigits; n++ {
		sum := 0
		for i := range n {
			sum += int(digits[i]-'0') * (n + 1 - i)
		}
		if check := sum * 10 % 11 % 10; check != int(digits[n]-'0') {
			return false
		}
	}
	return true
}

// maskCPF hides a CPF but for the digits that check it.
func maskCPF(digits string) string {
	if len(digits) != cpfDigits {
		return ""
	}
	return "***.***.***-" + digits[cpfDigits-2:]
}

// writeCPF writes a CPF as people do.
func writeCPF(digits string) string {
	if len(digits) != cpfDigits {
		return ""
	}
	return digits[:3] + "." + digits[3:6] + "." + digits[6:9] + "-" + digits[9:]
}
