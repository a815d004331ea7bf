package filters

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// An operand is a value in an expression, as the machine of expr has it, but in no
// interface, which would allocate memory for it.
type operand struct {
	kind   operandKind
	whole  int     // a whole number; 1 is true
	number float64 // of kind aNumber
	word   string
}

type operandKind uint8

const (
	aNil operandKind = iota
	aTruth
	aWhole
	aNumber
	aWord
)

func ofWhole(x int) operand      { return operand{kind: aWhole, whole: x} }
func ofNumber(x float64) operand { return operand{kind: aNumber, number: x} }
func ofWord(s string) operand    { return operand{kind: aWord, word: s} }
func ofTruth(yes bool) operand   { return operand{kind: aTruth, whole: asInt(yes)} }

// fail notes that the expression cannot be evaluated, which is the end of it for the
// machine. What is evaluated all the same has no effect.
func (w *where) fail() operand {
	w.failed = true
	return operand{}
}

// float returns a number of either kind.
func (o *operand) float() (x float64, ok bool) {
	switch o.kind {
	case aNumber:
		return o.number, true
	case aWhole:
		return float64(o.whole), true
	}
	return 0, false
}

// truth returns the value of something true or false.
func (w *where) truth(o operand) bool {
	if o.kind != aTruth {
		w.fail()
	}
	return o.whole != 0
}

// text returns the value of a string.
func (w *where) text(o operand) string {
	if o.kind != aWord {
		w.fail()
	}
	return o.word
}

// equals is ==. Values of different kinds are different, but for numbers.
func equals(a, b operand) bool {
	if a.kind == aWhole && b.kind == aWhole {
		return a.whole == b.whole
	}
	if x, ok := a.float(); ok {
		y, ok := b.float()
		return ok && x == y
	}
	return a.kind == b.kind && a.whole == b.whole && a.word == b.word
}

// order returns what gives an ordered comparison of numbers or of strings.
func (w *where) order(operator string) func(a, b operand) bool {
	wholes, numbers, words := ordered[int](operator), ordered[float64](operator), ordered[string](operator)
	if wholes == nil {
		return nil
	}
	return func(a, b operand) bool {
		if a.kind == aWhole && b.kind == aWhole {
			return wholes(a.whole, b.whole)
		}
		if a.kind == aWord && b.kind == aWord {
			return words(a.word, b.word)
		}
		x, ok1 := a.float()
		y, ok2 := b.float()
		if !ok1 || !ok2 {
			w.fail()
		}
		return numbers(x, y)
	}
}

func ordered[T cmp.Ordered](operator string) func(a, b T) bool {
	switch operator {
	case "<":
		return func(a, b T) bool { return a < b }
	case "<=":
		return func(a, b T) bool { return a <= b }
	case ">":
		return func(a, b T) bool { return a > b }
	case ">=":
		return func(a, b T) bool { return a >= b }
	}
	return nil
}

// arithmetic returns what gives the value of an operator between numbers. Whole numbers
// stay whole in sums, differences and products, and wrap around.
func (w *where) arithmetic(operator string) func(a, b operand) operand {
	switch operator {
	case "+":
		join := joiner()
		sum := w.numeric(func(a, b int) int { return a + b }, func(a, b float64) float64 { return a + b })
		return func(a, b operand) operand {
			if a.kind == aWord && b.kind == aWord {
				return ofWord(join(a.word, b.word))
			}
			return sum(a, b)
		}
	case "-":
		return w.numeric(func(a, b int) int { return a - b }, func(a, b float64) float64 { return a - b })
	case "*":
		return w.numeric(func(a, b int) int { return a * b }, func(a, b float64) float64 { return a * b })
	case "/":
		return w.numeric(nil, func(a, b float64) float64 { return a / b })
	case "**", "^":
		return w.numeric(nil, math.Pow)
	case "%":
		return func(a, b operand) operand {
			if a.kind != aWhole || b.kind != aWhole || b.whole == 0 {
				return w.fail()
			}
			return ofWhole(a.whole % b.whole)
		}
	}
	return nil
}

// numeric makes an operator of what it does with whole numbers, nil where these become
// fractions, and with others.
func (w *where) numeric(wholes func(a, b int) int, numbers func(a, b float64) float64) func(a, b operand) operand {
	return func(a, b operand) operand {
		if wholes != nil && a.kind == aWhole && b.kind == aWhole {
			return ofWhole(wholes(a.whole, b.whole))
		}
		x, ok1 := a.float()
		y, ok2 := b.float()
		if !ok1 || !ok2 {
			return w.fail()
		}
		return ofNumber(numbers(x, y))
	}
}

// negative is the minus before a number.
func (w *where) negative(o operand) operand {
	switch o.kind {
	case aWhole:
		return ofWhole(-o.whole)
	case aNumber:
		return ofNumber(-o.number)
	}
	return w.fail()
}

// slice returns the bytes [from, to) of a string. Numbers below 0 count from its end, and
// what is beyond its ends is cut off.
func (w *where) slice(o, from, to operand) operand {
	s, size := w.text(o), len(o.word)
	a, b := w.index(from), w.index(to)
	if a < 0 {
		a = max(size+a, 0)
	}
	if b < 0 {
		b = max(size+b, 0)
	}
	b = min(b, size)
	return ofWord(s[min(a, b):b])
}

// index makes a whole number of a number.
func (w *where) index(o operand) int {
	switch o.kind {
	case aWhole:
		return o.whole
	case aNumber:
		if x, ok := withoutFraction(o.number); ok {
			return x
		}
	}
	w.fail()
	return 0
}

// withoutFraction cuts a number at its point. It is not ok beyond 64 bits, where every
// processor makes a number of its own.
func withoutFraction(x float64) (whole int, ok bool) {
	if -0x1p63 <= x && x < 0x1p63 {
		return int(x), true
	}
	return 0, false
}

// The strings of these are theirs until they are called again: an expression is
// evaluated once for a document, and each has a place in it.

// joiner returns what puts two strings together.
func joiner() func(a, b string) string {
	var buf []byte
	return func(a, b string) string {
		buf = append(append(buf[:0], a...), b...)
		return asString(buf)
	}
}

// lowering returns strings.ToLower.
func lowering() func(s string) string { return mapping(unicode.ToLower) }

// uppering returns strings.ToUpper.
func uppering() func(s string) string { return mapping(unicode.ToUpper) }

func mapping(to func(rune) rune) func(s string) string {
	var buf []byte
	return func(s string) string {
		buf = buf[:0]
		for _, r := range s {
			buf = utf8.AppendRune(buf, to(r))
		}
		return asString(buf)
	}
}

// printing returns what writes a value as fmt.Sprint does.
func printing() func(o operand) string {
	var buf []byte
	return func(o operand) string {
		switch o.kind {
		case aWord:
			return o.word
		case aNil:
			return fmt.Sprint(nil)
		case aTruth:
			return strconv.FormatBool(o.whole != 0)
		case aWhole:
			buf = strconv.AppendInt(buf[:0], int64(o.whole), 10)
		case aNumber:
			buf = strconv.AppendFloat(buf[:0], o.number, 'g', -1, 64)
		}
		return asString(buf)
	}
}
