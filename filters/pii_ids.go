package filters

// Words that say what a number is. They are looked for before it.
var (
	ssnWords     = []string{"ssn", "social security", "soc sec", "soc. sec"}
	nhsWords     = []string{"nhs"}
	steuerWords  = []string{"steuer", "idnr", "id-nr", "tax id", "tin"}
	bsnWords     = []string{"bsn", "burgerservice", "sofi"}
	cpfWords     = []string{"cpf"}
	aadhaarWords = []string{"aadhaar", "aadhar", "uidai", "आधार"}
	peselWords   = []string{"pesel"}
	nirWords     = []string{"sécurité sociale", "securite sociale", "n° ss", "nir", "insee", "sécu"}
)

// digitIDIn looks for a national number of digits alone that begins with group g, and
// returns how many groups it has. Numbers whose form says little need a word before
// them.
func (p *pii) digitIDIn(g int) int {
	at := p.groups[g].start
	for _, id := range digitIDs {
		if id.groups > len(p.groups)-g || string(p.shape(g, id.groups)) != id.shape {
			continue
		}
		if id.shape == "+" && p.groups[g].len() != id.digits || !p.alone(g, g+id.groups-1) || p.goesOn(g, id.groups) {
			continue
		}
		p.token = p.digitsOf(p.token[:0], g, id.groups)
		if !id.valid(p.token) || id.words != nil && !p.context(at, 40, id.words) {
			continue
		}
		p.add(piiID, at, p.groups[g+id.groups-1].end)
		p.done = p.groups[g+id.groups-1].end
		return id.groups
	}
	return 0
}

// goesOn reports whether n groups from g are a part of more groups of their kind.
func (p *pii) goesOn(g, n int) bool {
	mark := p.mark(g)
	return n > 1 && (p.mark(g-1) == mark || p.mark(g+n-1) == mark)
}

// A digitID is a form of a national number.
type digitID struct {
	shape  string // as pii.shape writes it
	groups int
	digits int // where the shape is one group of ten and more
	words  []string
	valid  func(digits []byte) bool
}

var digitIDs = []digitID{
	{"3-2-4", 3, 0, nil, isSSN},
	{"3 2 4", 3, 0, ssnWords, isSSN},
	{"9", 1, 0, ssnWords, isSSN},
	{"3 3 4", 3, 0, nhsWords, isNHS},
	{"3-3-4", 3, 0, nhsWords, isNHS},
	{"+", 1, 10, nhsWords, isNHS},
	{"2 3 3 3", 4, 0, nil, isSteuerID},
	{"+", 1, 11, steuerWords, isSteuerID},
	{"1 2 2 2 3 3 2", 7, 0, nil, isNIR},
	{"1 2 2 2 3 3", 6, 0, nirWords, isNIRBody},
	{"+", 1, 15, nil, isNIR},
	{"9", 1, 0, bsnWords, isBSN},
	{"4.2.3", 3, 0, bsnWords, isBSN},
	{"+", 1, 11, peselWords, isPESEL},
	{"3.3.3-2", 4, 0, nil, isCPF},
	{"+", 1, 11, cpfWords, isCPF},
	{"4 4 4", 3, 0, nil, isAadhaar},
	{"4-4-4", 3, 0, nil, isAadhaar},
	{"+", 1, 12, aadhaarWords, isAadhaar},
}

func digit(d []byte, i int) int { return int(d[i] - '0') }

// value returns digits as a number.
func value(d []byte) (v int64) {
	for _, c := range d {
		v = 10*v + int64(c-'0')
	}
	return v
}

// isSSN reports whether a US social security number could have been given out.
func isSSN(d []byte) bool {
	area := value(d[:3])
	return area != 0 && area != 666 && area < 900 && value(d[3:5]) != 0 && value(d[5:]) != 0
}

// isNHS checks a number of England's health service: weights 10 to 2, modulo 11.
func isNHS(d []byte) bool {
	sum := 0
	for i := range 9 {
		sum += (10 - i) * digit(d, i)
	}
	return (11-sum%11)%11 == digit(d, 9) && !allSame(d)
}

// isSteuerID checks a German tax number: ISO 7064 mod 11,10, and one digit twice or
// three times among the first ten.
func isSteuerID(d []byte) bool {
	if d[0] == '0' {
		return false
	}
	var times [10]int
	product := 10
	for i := range 10 {
		times[digit(d, i)]++
		sum := (digit(d, i) + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	repeated := 0
	for _, n := range times {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1 && (11-product)%10 == digit(d, 10)
}

// isNIR checks a French social security number with its key: 97 minus the rest of 97.
func isNIR(d []byte) bool { return isNIRBody(d) && 97-value(d[:13])%97 == value(d[13:]) }

// isNIRBody checks sex and month of such a number.
func isNIRBody(d []byte) bool {
	month := value(d[3:5])
	return (d[0] == '1' || d[0] == '2') && (1 <= month && month <= 12 || 20 <= month && month <= 42 || month >= 50)
}

// isBSN checks a Dutch citizen number: weights 9 to 2 and -1, modulo 11.
func isBSN(d []byte) bool {
	sum := -digit(d, 8)
	for i := range 8 {
		sum += (9 - i) * digit(d, i)
	}
	return sum%11 == 0 && !allSame(d)
}

// isPESEL checks a Polish number: weights 1 3 7 9, and a date of birth.
func isPESEL(d []byte) bool {
	weights := [...]int{1, 3, 7, 9}
	sum := 0
	for i := range 10 {
		sum += weights[i%4] * digit(d, i)
	}
	month, day := value(d[2:4])%20, value(d[4:6])
	return (10-sum%10)%10 == digit(d, 10) && 1 <= month && month <= 12 && 1 <= day && day <= 31
}

// isCPF checks a Brazilian number: two check digits, modulo 11.
func isCPF(d []byte) bool {
	check := func(n int) int {
		sum := 0
		for i := range n {
			sum += (n + 1 - i) * digit(d, i)
		}
		return 10 * sum % 11 % 10
	}
	return !allSame(d) && check(9) == digit(d, 9) && check(10) == digit(d, 10)
}

// isAadhaar checks an Indian number by Verhoeff's method. Three years are none.
func isAadhaar(d []byte) bool {
	if d[0] < '2' || d[0] == '2' && d[1] == '0' && d[4] == '2' && d[5] == '0' {
		return false
	}
	c := 0
	for i := range d {
		c = verhoeffProduct(c, verhoeffShift(i%8, digit(d, len(d)-1-i)))
	}
	return c == 0
}

// verhoeffProduct multiplies in the group of the symmetries of a pentagon.
func verhoeffProduct(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-5-b+5)%5
	}
	return (a - b + 5) % 5
}

// verhoeffShift applies Verhoeff's permutation n times.
func verhoeffShift(n, d int) int {
	for range n {
		d = [...]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}[d]
	}
	return d
}

// letterIDAt looks for a national number with letters in the token.
func (p *pii) letterIDAt(start, end int) bool {
	s := p.text[start:end]
	switch {
	case len(s) == 9 && isDNI(s), len(s) == 16 && isCodiceFiscale(s), len(s) == 10 && isPAN(s), len(s) == 9 && isNINO(s):
		p.add(piiID, start, end)
		return true
	case len(s) == 10 && s[8] == '-' && isDNI(s[:8]+s[9:]): // 12345678-Z
		p.add(piiID, start, end)
		return true
	}
	return false
}

// spacedNINOAt looks for a UK national insurance number in groups: AB 12 34 56 C.
func (p *pii) spacedNINOAt(start int) bool {
	if start < 0 || start+13 > len(p.text) || isWordByte(p.at(start-1)) || isWordByte(p.at(start+13)) {
		return false
	}
	s := p.text[start : start+13]
	if s[2] != ' ' || s[5] != ' ' || s[8] != ' ' || s[11] != ' ' {
		return false
	}
	if !isNINO(s[:2] + s[3:5] + s[6:8] + s[9:11] + s[12:]) {
		return false
	}
	p.add(piiID, start, start+13)
	p.done = max(p.done, start+13)
	return true
}

// isDNI checks a Spanish number, of a citizen or, with X, Y or Z before it, a
// foreigner: the letter is the rest of 23.
func isDNI(s string) bool {
	d := []byte(s[:8])
	if i := d[0] - 'X'; i <= 2 {
		d[0] = '0' + i
	}
	for _, c := range d {
		if !isDigit(c) {
			return false
		}
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[value(d)%23] == s[8]
}

// isNINO reports whether s has the form of a UK national insurance number.
func isNINO(s string) bool {
	if !isUpper(s[0]) || !isUpper(s[1]) || s[8] < 'A' || s[8] > 'D' {
		return false
	}
	for i := 2; i < 8; i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	switch s[0] {
	case 'D', 'F', 'I', 'Q', 'U', 'V':
		return false
	}
	switch s[1] {
	case 'D', 'F', 'I', 'O', 'Q', 'U', 'V':
		return false
	}
	switch s[:2] {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return false
	}
	return true
}

// isPAN reports whether s has the form of an Indian tax number; the fourth letter is
// the kind of its holder.
func isPAN(s string) bool {
	for i := range 10 {
		if digits := 5 <= i && i < 9; digits != isDigit(s[i]) || !digits && !isUpper(s[i]) {
			return false
		}
	}
	switch s[3] {
	case 'A', 'B', 'C', 'F', 'G', 'H', 'J', 'L', 'P', 'T':
		return true
	}
	return false
}

// isCodiceFiscale checks an Italian tax code: six letters, year, month, day, place,
// and a letter that is a sum of values by place.
func isCodiceFiscale(s string) bool {
	const form = "LLLLLLDDLDDLDDDL"
	const odd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17" // of A to Z
	sum := 0
	for i := range 16 {
		c := asciiUpper(s[i])
		if (form[i] == 'L') != isUpper(c) || form[i] == 'D' && !isDigit(c) {
			return false
		}
		v := int(c - 'A')
		if isDigit(c) {
			v = int(c - '0')
		}
		switch {
		case i == 15:
			return sum%26 == v
		case i%2 == 0:
			sum += int(odd[v])
		default:
			sum += v
		}
	}
	return false
}
