package recipe

import (
	"encoding/json"
	"io"
	"reflect"

	"tamis/step"
)

// Schema writes the JSON Schema of recipes, for editors: what Recipe and the steps
// declare, and nothing else.
func Schema(w io.Writer) error {
	s := schemaOf(reflect.TypeFor[Recipe](), reflect.ValueOf(*Defaults()))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "tamis recipe"
	s["required"] = []string{"sources", "steps"}
	s["properties"].(object)["steps"] = object{"type": "array", "items": object{"oneOf": stepSchemas()}}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(s)
}

type object = map[string]any

func stepSchemas() []object {
	var all, names = []object{}, []string{}
	for _, s := range Steps {
		names = append(names, s.Name)
		all = append(all, object{"type": "object", "description": s.Doc, "additionalProperties": false,
			"required": []string{s.Name}, "properties": object{s.Name: settingsSchema(s)}})
	}
	return append(all, object{"enum": names})
}

// settingsSchema describes what stands behind a step's name.
func settingsSchema(s *step.Spec) object {
	out := object{"type": []string{"object", "null"}, "additionalProperties": false}
	properties := object{}
	if s.New != nil {
		v := reflect.ValueOf(s.New())
		properties = structSchema(v.Type().Elem(), v.Elem())["properties"].(object)
		if _, short := v.Interface().(scalar); short {
			out["type"] = []string{"object", "null", "string"}
		}
		if m, doc := inlineOf(v.Elem()); m.IsValid() {
			out["additionalProperties"] = object{"type": []string{"string", "number", "boolean"}, "description": doc}
		}
	}
	for i := range s.Rules {
		properties[s.Rules[i].Name] = boundsSchema(&s.Rules[i])
	}
	properties["as"] = object{"type": "string", "pattern": "^[a-z_][a-z0-9_]*$", "description": "name of the step in this recipe"}
	properties["splitter"] = object{"enum": splitters, "description": "how this step finds words"}
	if properties["of"] == nil {
		properties["of"] = object{"enum": parts, "description": "the turns of a conversation that this step looks at"}
	}
	if properties["languages"] == nil && len(s.Rules) > 0 {
		of := object{}
		for i := range s.Rules {
			of[s.Rules[i].Name] = properties[s.Rules[i].Name]
		}
		one := object{"oneOf": []object{{"type": "string"}, {"type": "object", "additionalProperties": false, "properties": of}}}
		properties["languages"] = object{"type": "object", "additionalProperties": one, "description": "bounds for documents of some languages, or files of them"}
	}
	out["properties"] = properties
	return out
}

func boundsSchema(r *step.Rule) object {
	off := object{"enum": []any{"off", false}}
	if r.Edit {
		return object{"description": r.Doc, "oneOf": []object{off}}
	}
	number := object{"type": "number"}
	bounds := object{"type": "object", "additionalProperties": false, "properties": object{"min": number, "max": number}}
	return object{"description": r.Doc + " Default: " + step.Bound(r.Min, r.Max) + ".", "oneOf": []object{off, bounds}}
}

// schemaOf describes a type by its kind and tags; v holds the defaults.
func schemaOf(t reflect.Type, v reflect.Value) object {
	switch t {
	case reflect.TypeFor[Splitter]():
		return object{"enum": splitters}
	case reflect.TypeFor[Format]():
		return object{"enum": formats}
	case reflect.TypeFor[Rejects](), reflect.TypeFor[Signals]():
		return object{"enum": howMany}
	case reflect.TypeFor[Want]():
		return object{"oneOf": []object{{"const": "keep"}, {"type": "object", "required": []string{"remove"},
			"additionalProperties": false, "properties": object{"remove": object{"type": "string"}}}}}
	case reflect.TypeFor[Step]():
		return object{}
	}
	if isScalarType(t) {
		short := object{"type": []string{"string", "number"}}
		switch t.Kind() {
		case reflect.Map:
			return object{"oneOf": []object{short, {"type": "object", "additionalProperties": schemaOf(t.Elem(), reflect.Zero(t.Elem()))}}}
		case reflect.Struct:
			return object{"oneOf": []object{short, structSchema(t, v)}}
		}
		return short
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), reflect.Zero(t.Elem()))
	case reflect.Struct:
		return structSchema(t, v)
	case reflect.Slice:
		items := schemaOf(t.Elem(), reflect.Zero(t.Elem()))
		if t.Elem().Kind() == reflect.String {
			return object{"oneOf": []object{items, {"type": "array", "items": items}}}
		}
		return object{"type": "array", "items": items}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem(), reflect.Zero(t.Elem()))}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Float64, reflect.Float32:
		return object{"type": "number"}
	}
	return object{"type": "integer"}
}

func structSchema(t reflect.Type, v reflect.Value) object {
	properties := object{}
	for _, f := range fieldsOf(t) {
		value := v.FieldByIndex(f.index)
		p := schemaOf(f.typ, value)
		p["description"] = f.doc
		if text := written(value); text != "" && !value.IsZero() {
			p["description"] = f.doc + " (default: " + text + ")"
		}
		properties[f.key] = p
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}
