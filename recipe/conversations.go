package recipe

import _ "embed" // the sections

// conversations is the section of docs/recipe.md on records that are conversations.
//
//go:embed conversations.md
var conversations string

// ofLanguages is the section on bounds for documents of some languages.
//
//go:embed languages.md
var ofLanguages string
