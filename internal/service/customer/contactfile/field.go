// SPDX-License-Identifier: Apache-2.0

package contactfile

import (
	"regexp"
	"strings"
	"unicode"

	"tandem/internal/phone"
	"tandem/internal/search"
)

// Field is what a column may say of a contact.
type Field string

// The fields there are. Only Number may be said by several columns.
const (
	LeftOut   Field = ""
	FirstName Field = "firstName"
	LastName  Field = "lastName"
	Name      Field = "name" // first and last name in one; for rows that do not have them apart
	Gender    Field = "gender"
	Email     Field = "email"
	Phone     Field = "phone"
	Number    Field = "number" // one more number, with the column's title for a label
	CPF       Field = "cpf"
	Avatar    Field = "avatar"
)

// Fields are all of them, in the order they are offered in.
var Fields = []Field{FirstName, LastName, Name, Phone, Number, Email, Gender, CPF, Avatar}

// headings are what columns are called, in English, Vietnamese and Portuguese,
// without accents, spaces and punctuation.
var headings = index(map[Field]string{
	FirstName: `firstname givenname forename first given
		ten tengoi tenrieng tenchinh
		primeironome nomeproprio prenome`,
	LastName: `lastname surname familyname last family
		ho hodem hovatendem hovadem holot holotdem hochulot
		sobrenome ultimonome apelido nomedefamilia`,
	Name: `name fullname contactname contact customer customername client clientname displayname person fileas who
		hoten hovaten tendaydu hotendaydu hovatendaydu tenkhachhang khachhang tenlienhe nguoilienhe lienhe tenkh
		nome nomecompleto nomedocliente cliente nomecliente contato contacto nomedocontato razaosocial`,
	Gender: `gender sex gioitinh phai genero sexo`,
	Email: `email emailaddress mail emails mailaddress emailvalue primaryemail workemail homeemail
		thudientu diachiemail diachithudientu hopthu diachimail
		correioeletronico correioelectronico enderecodeemail correio enderecoeletronico`,
	Phone: `phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone cellular number msisdn whatsapp
		primaryphone contactnumber phoneno mobileno telno phonevalue businessphone workphone homephone companymainphone
		dienthoai sodienthoai sdt dt dtdd didong sodidong dienthoaididong somay sodt zalo sodienthoailienhe dienthoailienhe dienthoaiban dienthoaicoquan dienthoainha dienthoainharieng
		telefone celular telemovel fone numero numerodetelefone telefonecelular numerodocelular movel telefonemovel telefoneprincipal
		telefonecomercial telefoneresidencial telefonefixo contatotelefonico`,
	CPF:    `cpf numerodocpf cpfcnpj documentocpf`,
	Avatar: `avatar photo picture image photourl avatarurl pictureurl imageurl anh anhdaidien hinh hinhanh foto imagem fotodeperfil`,
})

func index(words map[Field]string) map[string]Field {
	all := map[string]Field{}
	for field, list := range words {
		for word := range strings.FieldsSeq(list) {
			all[word] = field
		}
	}
	return all
}

// bare is a heading without what people add: "Phone 1 - Value", "E-mail (work) *".
func bare(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, search.Plain(parenthesis.ReplaceAllString(heading, "")))
}

var (
	parenthesis = regexp.MustCompile(`\([^)]*\)|\[[^]]*\]`)
	emailForm   = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// Suggest guesses what each column says: by its heading, and where that says
// nothing by the rows of a sample.
func Suggest(columns []string, sample [][]string) []Field {
	fields := make([]Field, len(columns))
	used := map[Field]bool{}
	take := func(i int, field Field) {
		if field == Phone && used[Phone] {
			field = Number
		}
		if field == LeftOut || used[field] && field != Number {
			return
		}
		fields[i], used[field] = field, true
	}
	for i, title := range columns {
		take(i, headings[bare(title)])
	}
	for i := range columns {
		if fields[i] == LeftOut && headings[bare(columns[i])] == LeftOut {
			take(i, looksLike(i, sample))
		}
	}
	settle(fields, used)
	return fields
}

// settle decides what only shows with all columns in view: "Nome" beside
// "Sobrenome" is the first name, and "Tên" alone is all of it.
func settle(fields []Field, used map[Field]bool) {
	for i, field := range fields {
		switch {
		case field == Name && used[LastName] && !used[FirstName]:
			fields[i] = FirstName
		case field == FirstName && !used[LastName] && !used[Name]:
			fields[i] = Name
		case field == FirstName && used[Name] && !used[LastName]:
			fields[i] = LeftOut
		}
	}
}

// looksLike says what a column without a telling heading holds.
func looksLike(column int, sample [][]string) Field {
	emails, numbers, filled := 0, 0, 0
	for _, row := range sample {
		if column >= len(row) || row[column] == "" {
			continue
		}
		cell := row[column]
		filled++
		digits := phone.Digits(cell)
		switch {
		case emailForm.MatchString(cell):
			emails++
		case len(digits) >= 8 && len(digits) <= 15 && strings.Trim(cell, "+0123456789 ().-/") == "":
			numbers++
		}
	}
	switch {
	case filled == 0:
		return LeftOut
	case emails*2 > filled:
		return Email
	case numbers*2 > filled:
		return Phone
	default:
		return LeftOut
	}
}
