package recipe

import (
	"tamis/filters"
	"tamis/step"
)

// Steps lists every step that a recipe may name. The order is that of the
// reference page: what most recipes do first comes first.
var Steps = []*step.Spec{
	&filters.Normalize,
}
