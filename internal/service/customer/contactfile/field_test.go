// SPDX-License-Identifier: Apache-2.0

package contactfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/service/customer/contactfile"
)

// The columns of common programs, in three languages, need no mapping by hand.
func TestSuggest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ columns, want string }{
		"ours":              {"firstName,lastName,gender,email,phone,avatar", "firstName,lastName,gender,email,phone,avatar"},
		"English":           {"First Name,Surname,E-mail address,Mobile phone,Notes", "firstName,lastName,email,phone,"},
		"full name":         {"Customer name,Phone Number (required)", "name,phone"},
		"Google":            {"Name,Given Name,Family Name,E-mail 1 - Value,Phone 1 - Value,Phone 2 - Value", "name,firstName,lastName,email,phone,number"},
		"Outlook":           {"First Name,Last Name,E-mail Address,Business Phone,Home Phone,Mobile Phone", "firstName,lastName,email,phone,number,number"},
		"Vietnamese":        {"STT,Họ và tên,Giới tính,Số điện thoại,Email,Ghi chú", ",name,gender,phone,email,"},
		"two halves":        {"Họ,Tên,SĐT", "lastName,firstName,phone"},
		"one half":          {"Tên,ĐTDĐ", "name,phone"},
		"customers":         {"Tên khách hàng,Điện thoại,Thư điện tử,Ảnh đại diện", "name,phone,email,avatar"},
		"without accents":   {"Ho ten,So dien thoai", "name,phone"},
		"Portuguese":        {"Nome,Sobrenome,Gênero,Telefone,Celular,E-mail,CPF,Foto", "firstName,lastName,gender,phone,number,email,cpf,avatar"},
		"Portuguese, whole": {"Nome completo,Telemóvel,Correio eletrónico", "name,phone,email"},
		"nothing known":     {"a,b", ","},
	}
	for name, test := range tests {
		var got []string
		for _, field := range contactfile.Suggest(strings.Split(test.columns, ","), nil) {
			got = append(got, string(field))
		}
		if diff := cmp.Diff(strings.Split(test.want, ","), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Where a heading says nothing, the cells do.
func TestSuggestBySample(t *testing.T) {
	t.Parallel()
	sample := [][]string{{"x1", "ana@example.com", "0901 234 567"}, {"x2", "", "+84 907 654 321"}}
	got := contactfile.Suggest([]string{"1", "2", "3"}, sample)
	if diff := cmp.Diff([]contactfile.Field{contactfile.LeftOut, contactfile.Email, contactfile.Phone}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
