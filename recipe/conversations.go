package recipe

import _ "embed" // the section

// conversations is the section of docs/recipe.md on records that are conversations.
//
//go:embed conversations.md
var conversations string
