package filters

import (
	"tamis/step"
	"tamis/text"
)

// C4Paragraph keeps pages with three long lines, as mC4 does.
var C4Paragraph = step.Spec{
	Name: "c4_paragraph",
	Doc: "Keeps pages with three long lines, as mC4 does in place of most of C4's rules, which know English alone. Lines lie between newlines and are not stripped. " +
		"The same rule in TensorFlow Datasets and in datatrove.",
	Source: "Xue et al. 2021 (mT5), arXiv:2010.11934, section 3.1; TensorFlow Datasets, c4_utils.py; datatrove, c4_filters.py at a649de79",
	Rules: []step.Rule{
		{Name: "third_longest_line", Unit: "characters", Min: 200, Max: step.NoMax, Scale: step.Log,
			Doc:     "Characters of the third longest line; 0 where there are fewer than three lines.",
			Measure: thirdLongestLine},
	},
}

func thirdLongestLine(v *text.View) float64 {
	var first, second, third int32
	lines := v.Lines()
	for i := range lines {
		switch n := lines[i].Runes; {
		case n > first:
			first, second, third = n, first, second
		case n > second:
			second, third = n, second
		default:
			third = max(third, n)
		}
	}
	return float64(third)
}
